"""The shop's customers as Tsunagi knows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.normalising import phone_national
from members.querysets import MemberQuerySet, TagQuerySet
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class AnswerSource(models.TextChoices):
    """By what an answer about a member came."""

    FORM = "form", _("フォーム")
    OPERATOR = "operator", pgettext_lazy("source", "オペレーター")
    IMPORT = "import", _("取り込み")


class Member(TenantModel):
    """One person. What is shown (``email``) stands beside what is matched (``email_key``).

    name, email, phone are the newest answer of each field (members/answering.py); the records keep them all.
    A shop's LINE accounts belong to one provider, so one LINE user id names the same person in all of them.
    """

    class LineState(models.TextChoices):
        FRIEND = "friend", _("友だち")
        BLOCKED = "blocked", _("ブロック")
        NONE = "none", _("友だちでない")

    class LinkState(models.TextChoices):
        """Kept by cartsync: unanswered → known (認知済み) → linked, or review when a person must decide."""

        UNANSWERED = "unanswered", _("未回答")
        KNOWN = "known", _("認知済み")
        LINKED = "linked", _("連携済み")
        REVIEW = "review", _("要確認")

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
    line_state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.NONE)
    line_state_at = models.DateTimeField(null=True)
    link_state = models.CharField(max_length=12, choices=LinkState.choices, default=LinkState.UNANSWERED)
    known_at = models.DateTimeField(null=True)
    known_by = models.CharField(max_length=10, choices=AnswerSource.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(MemberQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="member_public_id"),
            models.UniqueConstraint(fields=["tenant", "line_user_id"], name="member_line_user"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="member_newest"),
            models.Index(fields=["tenant", "email_key"], name="member_email", condition=~models.Q(email_key="")),
            models.Index(fields=["tenant", "phone_e164"], name="member_phone", condition=~models.Q(phone_e164="")),
            models.Index(fields=["tenant", "link_state", "-created_at", "-id"], name="member_link_state"),
            models.Index(
                "tenant", models.F("last_seen_at").desc(nulls_last=True), models.F("id").desc(), name="member_seen"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.line_name or self.public_id

    @property
    def phone_shown(self) -> str:
        """The number as everybody writes it; what cannot be used stays as it came."""
        return phone_national(self.phone_e164) or self.phone


class Tag(TenantModel):
    """A name put on members. Unique by ``name_key`` (NFKC, folded case)."""

    public_id = PublicIdField()
    name = models.CharField(_("タグ名"), max_length=100)
    name_key = models.CharField(max_length=200)
    color = models.CharField(_("色"), max_length=10, default="grey")
    description = models.CharField(_("説明"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TagQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_public_id"),
            models.UniqueConstraint(fields=["tenant", "name_key"], name="tag_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TagBatch(TenantModel):
    """What one tagging did: one row for one member and for a million."""

    class Action(models.TextChoices):
        ADD = "add", _("付与")
        REMOVE = "remove", _("解除")

    class Source(models.TextChoices):
        OPERATOR = "operator", pgettext_lazy("source", "オペレーター")
        FORM = "form", _("フォーム")
        LINK = "link", pgettext_lazy("source", "カート連携")
        IMPORT = "import", _("取り込み")

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="batches")
    action = models.CharField(max_length=6, choices=Action.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    operator = models.ForeignKey("tenants.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)


class MemberTag(TenantModel):
    """The link itself, without foreign keys in the database: they tripled the time of tagging a million members.
    Hard deletes and tagging meet in an advisory lock instead (members/tagging.py)."""

    pk = models.CompositePrimaryKey("tenant_id", "tag_id", "member_id")
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="member_tags", db_index=False, db_constraint=False
    )
    tag = models.ForeignKey(
        Tag, on_delete=models.CASCADE, related_name="member_tags", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        TagBatch, on_delete=models.CASCADE, related_name="member_tags", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "member"], name="membertag_member"),
            models.Index(fields=["tenant", "batch"], name="membertag_batch"),
        ]


class IdentityRecord(TenantModel):
    """One answer about who a member is (本人確認データ): from a form, an operator's edit or an import.

    Blank fields were not answered. Nothing here is ever changed or deleted while the member exists;
    ``outcome`` is what the cart said when it was asked at once.
    """

    Source = AnswerSource

    class Outcome(models.TextChoices):
        ASKING = "asking", _("確認中")
        LINKED = "linked", _("連携できました")
        NOT_FOUND = "not_found", _("見つかりません")
        REVIEW = "review", _("要確認")
        UNAVAILABLE = "unavailable", _("カートが応答しません")

    public_id = PublicIdField()
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="identity_records", db_index=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    operator = models.ForeignKey("tenants.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    restored_from = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="identity_public_id")]
        indexes = [models.Index(fields=["tenant", "member", "-received_at", "-id"], name="identity_newest")]


class ValueList(TenantModel):
    """Values pasted or uploaded for a condition (up to 1,000,000), normalised; named in URLs by its random key only.

    Deleted after a month (members/tidying.py): a condition that is kept must keep the list it names from that.
    """

    class Field(models.TextChoices):
        EMAIL = "email", _("メールアドレス")

    public_id = PublicIdField()
    field = models.CharField(max_length=10, choices=Field.choices, default=Field.EMAIL)
    given = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="valuelist_public_id")]

    @property
    def kept(self) -> int:
        """How many different usable values it holds."""
        return self.given - self.duplicate - self.invalid


class ValueListEntry(TenantModel):
    """No foreign key in the database: checking a million rows one by one took longer than loading them."""

    pk = models.CompositePrimaryKey("tenant_id", "list_id", "value")
    list = models.ForeignKey(
        ValueList, on_delete=models.CASCADE, related_name="entries", db_index=False, db_constraint=False
    )
    value = models.CharField(max_length=254)


class SearchText(TenantModel):
    """What was typed into the search box: a name or a number, so the URL carries only the random key."""

    public_id = PublicIdField()
    text = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="searchtext_public_id")]
