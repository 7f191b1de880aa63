"""Original forms, their questions, and the versions in which customers met them."""

from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from forms_builder.querysets import FieldQuerySet, FormQuerySet
from forms_builder.questions.question import NOWHERE, OWN_ITEM, Question
from forms_builder.questions.registry import get_kind
from members.models import Attribute, Tag
from members.models.fields import ItemNameField, LazyText, UsedKey
from messaging.models import LineAccount
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class Form(TenantModel):
    """A form that customers open in LINE. ``name`` is the shop's own (LIFF管理名), ``title`` what customers see.

    ``shows``: its questions, or a page elsewhere at ``external_url``, to which openings are led and counted.
    ``linked_tag`` and ``not_found_tag`` are put on by what the cart replied to the answer at once.
    ``notice_ways``: by which of "line" and "mail" operators hear of an answer besides the bell, if it ``notifies``.
    """

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("本人確認")
        CANCEL = "cancel", _("解約受付")
        CONTACT = "contact", _("お問い合わせ")
        OTHER = "other", _("その他（アンケートなど）")

    class Shows(models.TextChoices):
        FORM = "form", _("オリジナルフォーム")
        URL = "url", _("外部URL")

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
    shows = models.CharField(
        _("表示する内容"), max_length=4, choices=Shows.choices, default=Shows.FORM
    )
    external_url = models.CharField(_("外部URL"), max_length=500, blank=True)
    is_open = models.BooleanField(_("受付中"), default=True)
    opens_at = models.DateTimeField(_("受付の開始"), null=True)
    closes_at = models.DateTimeField(_("受付の終了"), null=True)
    once_per_person = models.BooleanField(_("1人1回まで"), default=False)
    allows_browser = models.BooleanField(_("LINE以外からの回答"), default=False)
    notifies = models.BooleanField(_("申込み通知"), default=True)
    notice_ways = models.JSONField(default=list)
    tags = models.ManyToManyField(Tag, through="FormTag", related_name="+")
    linked_tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("即時判定で連携成功のときに付けるタグ"),
    )
    not_found_tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("即時判定で連携失敗のときに付けるタグ"),
    )
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

    @property
    def is_external(self) -> bool:
        return self.shows == self.Shows.URL

    def is_reachable(self, now: datetime) -> bool:
        """Return whether it is switched on, and within its period."""
        begun = self.opens_at is None or self.opens_at <= now
        return (
            self.is_open and begun and (self.closes_at is None or now < self.closes_at)
        )

    def is_taking(self, now: datetime) -> bool:
        """Return whether answers are taken."""
        return not self.is_external and self.is_reachable(now)

    def usage_url(self) -> LazyText:
        return reverse_lazy("forms_builder:form", args=[self.public_id])

    def tags_to(self, *, remove: bool) -> models.QuerySet[Tag]:
        """Return the tags that an answer puts on, or takes off."""
        chosen = FormTag.objects.filter(form=self, removes=remove)
        return Tag.objects.filter(pk__in=chosen.values("tag_id")).order_by("name", "pk")


class FormOpening(TenantModel):
    """How often a form that shows a page elsewhere was opened, by day of the shop."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="openings")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "day"], name="formopening_once"
            )
        ]


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
    """One question as the editor keeps it; ``kind``: a key of questions/registry.py.

    Some kinds occur at most once in a form. ``public_id`` names the question in every version and in its answers, which
    outlive it. ``attribute``: the shop's own item that the answer is written to; else ``writes_item`` says whether it
    is written to the item of its kind. The other columns are those of ``Question``.
    """

    public_id = PublicIdField()
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    # Phone and email, which linking lives by, are not taken out of an identity form that is open.
    kind = ItemNameField(
        max_length=20,
        used_as=_("フォームの質問"),
        shown="form",
        needed_as=_("受付中のフォームの質問"),
        needed_when=models.Q(
            kind__in=("email", "phone"), form__is_open=True, form__kind="identity"
        ),
    )
    label = models.CharField(max_length=100)
    help = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=200, blank=True)
    is_required = models.BooleanField(default=True)
    settings = models.JSONField(default=dict)
    writes_item = models.BooleanField(default=True)
    attribute = UsedKey(
        Attribute,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("フォームの回答の反映先"),
        shown="form",
    )
    shown_when = models.JSONField(null=True)

    objects = TenantManager.from_queryset(FieldQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "position"], name="field_position"
            ),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="field_public_id"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def input_name(self) -> str:
        return self.as_question().input_name

    @property
    def kind_label(self) -> str:
        return str(get_kind(self.kind).label)

    def as_question(self) -> Question:
        own = OWN_ITEM if self.writes_item else NOWHERE
        item = self.attribute
        return Question(
            kind=self.kind,
            label=self.label,
            is_required=self.is_required,
            id=self.public_id,
            help=self.help,
            error=self.error,
            settings=self.settings,
            writes=(item.system or item.public_id) if item else own,
            shown_when=self.shown_when,
        )


class FormVersion(TenantModel):
    """What a form asked from one change of it to the next; never changed. A ticket is answered against its version.

    ``content``: {"title", "intro", "questions": [Question.to_json()]}.
    """

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "number"], name="formversion_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form_id}/{self.number}"

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def intro(self) -> str:
        return str(self.content["intro"])

    @cached_property
    def questions(self) -> list[Question]:
        rows: list[dict[str, Any]] = self.content["questions"]
        return [Question(**row) for row in rows]
