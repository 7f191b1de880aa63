"""The shop's customers as Tsunagi knows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.querysets import MemberQuerySet
from members.normalize.phones import format_national_phone
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantManager, TenantModel


class AnswerSource(models.TextChoices):
    """The way in which an answer about a member came."""

    FORM = "form", _("フォーム")
    LINK = "mail_link", _("メールの個人リンク")
    OPERATOR = "operator", pgettext_lazy("source", "オペレーター")
    IMPORT = "import", _("取り込み")
    ORDER_MAIL = "order_mail", _("注文メール")


class Member(TenantModel):
    """One person. What is shown (``email``) stands beside what is matched (``email_key``).

    name, email and phone are the newest answer to each field (members/identity/answers.py); the records hold all
    answers. A shop's LINE accounts belong to one provider, so one LINE user id names the same person in all of them.
    """

    class LineState(models.TextChoices):
        FRIEND = "friend", _("友だち")
        BLOCKED = "blocked", _("ブロック")
        NONE = "none", _("友だちでない")

    class LinkState(models.TextChoices):
        """Set by cartsync: unanswered → known (認知済み) → linked, or review when a person must decide."""

        UNANSWERED = "unanswered", _("未回答")
        KNOWN = "known", _("認知済み")
        LINKED = "linked", _("連携済み")
        REVIEW = "review", _("要確認")

    tenant = TenantKey(db_constraint=False)
    public_id = PublicIdField()
    name = models.CharField(_("氏名"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(_("メールアドレス"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(_("電話番号"), max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    line_user_id = models.CharField(max_length=40, null=True)
    line_name = models.CharField(_("LINE名"), max_length=200, blank=True)
    line_picture = models.URLField(max_length=500, blank=True)
    line_state = models.CharField(
        max_length=10, choices=LineState.choices, default=LineState.NONE
    )
    line_state_at = models.DateTimeField(null=True)
    link_state = models.CharField(
        max_length=12, choices=LinkState.choices, default=LinkState.UNANSWERED
    )
    known_at = models.DateTimeField(null=True)
    known_by = models.CharField(max_length=10, choices=AnswerSource.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    birthday = models.DateField(_("生年月日"), null=True)
    # Month × 100 + day of the birthday, or of one whose year nobody knows (members/normalize/birthdays.py).
    birth_md = models.PositiveSmallIntegerField(null=True)
    # 受信拒否: since when, and how we learned of it; the change history has who said so.
    line_optout_at = models.DateTimeField(null=True)
    line_optout_by = models.CharField(
        max_length=10, choices=AnswerSource.choices, blank=True
    )
    mail_optout_at = models.DateTimeField(null=True)
    mail_optout_by = models.CharField(
        max_length=10, choices=AnswerSource.choices, blank=True
    )
    # The strongest state among the linked carts (ビジター … 会員, 退会); set by cartsync, "" without a link.
    cart_state = models.CharField(max_length=12, blank=True)
    deleted_at = models.DateTimeField(null=True)
    # A member who was merged into another (members/merge/merge.py) is deleted, and its page leads there.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_seen_at = models.DateTimeField(null=True)
    # Counted again with every visit (members/identity/visits.py). Raw INSERTs need not name them.
    visits = models.IntegerField(_("訪問回数"), default=0, db_default=0)
    sessions = models.IntegerField(_("セッション数"), default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(MemberQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="member_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "line_user_id"], name="member_line_user"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="member_newest"),
            # The id is included, so that a million pasted values find their members in the index alone.
            models.Index(
                fields=["tenant", "email_key"],
                include=["id"],
                name="member_email",
                condition=~models.Q(email_key=""),
            ),
            models.Index(
                fields=["tenant", "phone_e164"],
                include=["id"],
                name="member_phone",
                condition=~models.Q(phone_e164=""),
            ),
            # One index for the page of a tab and for the counts of all tabs: each further one slows every import.
            models.Index(
                fields=["tenant", "link_state", "-created_at", "-id"],
                include=["line_state", "cart_state"],
                name="member_link_state",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "-deleted_at", "-id"],
                name="member_deleted",
                condition=~models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "merged_into"],
                name="member_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
            models.Index(
                fields=["tenant", "birthday"],
                name="member_birthday",
                condition=models.Q(birthday__isnull=False),
            ),
            models.Index(
                fields=["tenant", "birth_md"],
                name="member_birth_md",
                condition=models.Q(birth_md__isnull=False),
            ),
            # Without members who never visited: an import adds a million of them.
            models.Index(
                fields=["tenant", "visits"],
                name="member_visits",
                condition=models.Q(visits__gt=0),
            ),
            models.Index(
                fields=["tenant", "sessions"],
                name="member_sessions",
                condition=models.Q(sessions__gt=0),
            ),
            models.Index(
                "tenant",
                models.F("last_seen_at").desc(nulls_last=True),
                models.F("id").desc(),
                name="member_seen",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.line_name or self.public_id

    @property
    def phone_shown(self) -> str:
        """The number as people write it; one that cannot be used stays as it was typed."""
        return format_national_phone(self.phone_e164) or self.phone
