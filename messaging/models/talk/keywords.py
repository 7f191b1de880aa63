"""Keywords: words that customers write, and what the shop does about them by itself."""

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Tag
from members.models.fields import LazyText, UsedKey
from messaging.models.contents import Content
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class Keyword(TenantModel):
    """A word in a customer's message; it puts a tag on, answers, or both.

    ``word_key`` is the word as it is compared (messaging/inbound/keywords.py).
    """

    class Match(models.TextChoices):
        WHOLE = "whole", _("全体が一致")
        CONTAINS = "contains", _("ことばを含む")

    public_id = PublicIdField()
    word = models.CharField(_("キーワード"), max_length=100)
    word_key = models.CharField(max_length=200)
    match = models.CharField(
        _("一致のしかた"), max_length=8, choices=Match.choices, default=Match.WHOLE
    )
    tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("キーワード「%(word)s」で付けるタグ"),
    )
    # The answer; none where the keyword only tags.
    content = models.ForeignKey(
        Content, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_on = models.BooleanField(_("ステータス"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="keyword_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "match", "word_key"], name="keyword_word"
            ),
        ]

    def __str__(self) -> str:
        return self.word

    def usage_url(self) -> LazyText:
        return reverse_lazy("messaging:keyword", args=[self.public_id])
