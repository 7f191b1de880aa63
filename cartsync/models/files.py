"""What was taken from the watched folders of carts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.models.carts import Cart
from jobs.models import Job
from tenants.models import TenantModel


class WatchedFile(TenantModel):
    """One file that lay in a cart's folder: the job that loads it, or why it cannot be loaded."""

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="watched_files", db_index=False
    )
    name = models.CharField(_("ファイル名"), max_length=200)
    # Of its name, its time and what is in it.
    digest = models.CharField(max_length=64)
    taken_at = models.DateTimeField(auto_now_add=True)
    job = models.ForeignKey(
        Job, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "digest"], name="watchedfile_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "cart", "-taken_at"], name="watchedfile_newest"
            ),
            models.Index(fields=["tenant", "job"], name="watchedfile_job"),
        ]
