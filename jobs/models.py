"""Work that takes longer than a page may."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField
from tenants.models import TenantModel
from tenants.secrets import SecretField


class Job(TenantModel):
    """One piece of long work: what it is to do (``params``: ids and keys, no personal data) and how far it came.

    ``cursor`` says where the next step goes on; it moves in the transaction that does the step (jobs/runner.py).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("開始待ち")
        RUNNING = "running", _("処理中")
        DONE = "done", _("完了")
        STOPPED = "stopped", _("停止")
        FAILED = "failed", _("失敗")

    ENDED = (State.DONE, State.STOPPED, State.FAILED)

    public_id = PublicIdField()
    kind = models.CharField(max_length=40)
    operator = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    params = models.JSONField(default=dict)
    # Needed until the job ends, then wiped, such as the password of an exported file.
    secret = SecretField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    stop_asked_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    # Numbers of the outcome by name ({"changed": 12, "already": 3}), and a text for the operator about why it failed.
    result = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    undone_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="job_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="job_newest"),
            models.Index(
                fields=["tenant", "created_at"],
                name="job_open",
                condition=models.Q(state__in=("waiting", "running")),
            ),
        ]


class JobFile(TenantModel):
    """A file that a job made, encrypted by itself; gone from the storage after ``expires_at``."""

    public_id = PublicIdField()
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    path = models.CharField(
        max_length=300, blank=True
    )  # in the default storage; "" once deleted
    size = models.BigIntegerField(default=0)  # bytes
    downloads = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="jobfile_public_id"
            )
        ]
