"""What operators write about a member: notes, and inquiries that somebody must answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.querysets import InquiryQuerySet
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class Note(TenantModel):
    """メモ, or a 応対履歴: when and how somebody spoke with the member, and what came of it."""

    class Kind(models.TextChoices):
        MEMO = "memo", _("メモ")
        CONTACT = "contact", _("応対履歴")

    class Way(models.TextChoices):
        PHONE = "phone", _("電話")
        LINE = "line", _("LINE")
        MAIL = "mail", _("メール")
        SHOP = "shop", _("店頭")
        OTHER = "other", _("その他")

    public_id = PublicIdField()
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    kind = models.CharField(
        _("種類"), max_length=8, choices=Kind.choices, default=Kind.MEMO
    )
    text = models.TextField(_("内容"), max_length=4000)
    at = models.DateTimeField(_("日時"))
    way = models.CharField(_("手段"), max_length=8, choices=Way.choices, blank=True)
    result = models.CharField(_("結果"), max_length=200, blank=True)
    operator = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        "operators.Operator",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="note_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "member", "-at", "-id"], name="note_newest")
        ]


class Inquiry(TenantModel):
    """お問い合わせ: something that somebody must do about a member by a day."""

    class Mark(models.TextChoices):
        OPEN = "open", _("未対応")
        DOING = "doing", _("対応中")
        WAITING = "waiting", _("返信待ち")
        DONE = "done", _("対応済み")

    public_id = PublicIdField()
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="inquiries", db_index=False
    )
    subject = models.CharField(_("件名"), max_length=100)
    text = models.TextField(_("内容"), max_length=4000, blank=True)
    assignee = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    mark = models.CharField(
        _("対応マーク"), max_length=8, choices=Mark.choices, default=Mark.OPEN
    )
    due_on = models.DateField(_("期限"), null=True)
    made_by = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.ForeignKey(
        "jobs.Job",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = TenantManager.from_queryset(InquiryQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="inquiry_public_id"
            ),
            # One per member and job, so that a job that runs twice makes none twice.
            models.UniqueConstraint(
                fields=["tenant", "job", "member"], name="inquiry_of_job"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "member", "-created_at"], name="inquiry_of_member"
            ),
            models.Index(fields=["tenant", "mark", "due_on"], name="inquiry_open"),
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="inquiry_newest"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def late(self) -> bool:
        return bool(
            self.due_on
            and self.due_on < timezone.localdate()
            and self.mark != self.Mark.DONE
        )
