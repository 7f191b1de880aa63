"""Original forms and the answers to them."""

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from forms_builder.querysets import FieldQuerySet, FormQuerySet, SubmissionQuerySet
from members.models import IdentityRecord, Member, Tag
from members.models.fields import ItemNameField, LazyText, UsedKey
from messaging.models import LineAccount
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class Form(TenantModel):
    """A form that customers open in LINE. ``name`` is the shop's own (LIFF管理名), ``title`` what customers see."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("本人確認")

    public_id = PublicIdField()
    name = models.CharField(_("LIFF管理名"), max_length=100)
    kind = models.CharField(
        _("フォームの種類"), max_length=12, choices=Kind.choices, default=Kind.IDENTITY
    )
    account = models.ForeignKey(
        LineAccount, on_delete=models.PROTECT, related_name="forms"
    )
    title = models.CharField(_("タイトル"), max_length=100)
    intro = models.TextField(_("説明文"), max_length=1000, blank=True)
    thanks = models.TextField(_("完了メッセージ"), max_length=1000, blank=True)
    is_open = models.BooleanField(_("受付中"), default=True)
    tags = models.ManyToManyField(Tag, through="FormTag", related_name="+")
    test_key = PublicIdField(max_length=24)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(FormQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="form_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="form_newest")
        ]

    def __str__(self) -> str:
        return self.name

    def usage_url(self) -> LazyText:
        return reverse_lazy("forms_builder:form", args=[self.public_id])

    def tags_to(self, *, remove: bool) -> models.QuerySet[Tag]:
        """Return the tags that an answer puts on, or takes off."""
        chosen = FormTag.objects.filter(form=self, removes=remove)
        return Tag.objects.filter(pk__in=chosen.values("tag_id")).order_by("name", "pk")


class FormTag(TenantModel):
    """What answering does to a tag: put it on, or take it off."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="form_tags")
    # A form that would both put a merged tag on and take it off puts it on.
    tag = UsedKey(
        Tag,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=lambda row: row.usage_words(),
        shown="form",
        prefer=["removes"],
    )
    removes = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "tag"], name="formtag_once"
            )
        ]

    def usage_words(self) -> LazyText:
        if self.removes:
            return _("フォームの回答で外すタグ")
        return _("フォームの回答で付けるタグ")


class Field(TenantModel):
    """One question. Name, phone and email occur at most once in a form; lines of text as often as wanted."""

    class Kind(models.TextChoices):
        NAME = "name", _("氏名")
        PHONE = "phone", _("電話番号")
        EMAIL = "email", _("メールアドレス")
        TEXT = "text", _("1行テキスト")

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    # Phone and email, which linking lives by, are not taken out of a form that is open.
    kind = ItemNameField(
        max_length=8,
        choices=Kind.choices,
        used_as=_("フォームの質問"),
        shown="form",
        needed_as=_("受付中のフォームの質問"),
        needed_when=models.Q(kind__in=("email", "phone"), form__is_open=True),
    )
    label = models.CharField(max_length=60)
    is_required = models.BooleanField(default=True)

    objects = TenantManager.from_queryset(FieldQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "position"], name="field_position"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def input_name(self) -> str:
        """The name of its input; it stays when the form is edited while somebody fills it in."""
        return f"text{self.pk}" if self.kind == self.Kind.TEXT else self.kind


class Submission(TenantModel):
    """One answer, stored as it came. The one-time ticket makes sending it twice the same as once.

    ``answers`` is a list of {"kind", "label", "value", "kept", "field"} (public/answer_form.Answer); kept: the
    value known before was left as it is; field: the question, which legacy answers do not name.
    ``public_id`` names the thank-you page, which only who sent the answer has seen.
    """

    public_id = PublicIdField()
    form = models.ForeignKey(
        Form, on_delete=models.PROTECT, related_name="submissions", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    record = models.ForeignKey(
        IdentityRecord,
        null=True,
        on_delete=models.SET_NULL,
        related_name="submissions",
        db_index=False,
    )
    ticket = models.CharField(max_length=64)  # SHA-256 of the ticket, never the ticket
    answers = models.JSONField()
    is_test = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    objects = TenantManager.from_queryset(SubmissionQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "ticket"], name="submission_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="submission_public_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "member", "-received_at", "-id"],
                name="submission_member",
            ),
            models.Index(
                fields=["tenant", "form", "-received_at", "-id"], name="submission_form"
            ),
            models.Index(fields=["tenant", "record"], name="submission_record"),
        ]
