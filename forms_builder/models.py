"""Original forms and the answers to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import IdentityRecord, Member, Tag
from messaging.models import LineAccount
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class Form(TenantModel):
    """A form that customers open in LINE. ``name`` is the shop's own (LIFF管理名), ``title`` what customers see."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("本人確認")

    public_id = PublicIdField()
    name = models.CharField(_("LIFF管理名"), max_length=100)
    kind = models.CharField(_("フォームの種類"), max_length=12, choices=Kind.choices, default=Kind.IDENTITY)
    account = models.ForeignKey(LineAccount, on_delete=models.PROTECT, related_name="forms")
    title = models.CharField(_("タイトル"), max_length=100)
    intro = models.TextField(_("説明文"), max_length=1000, blank=True)
    thanks = models.TextField(_("完了メッセージ"), max_length=1000, blank=True)
    is_open = models.BooleanField(_("受付中"), default=True)
    add_tags = models.ManyToManyField(Tag, through="FormTag", related_name="+")
    test_key = PublicIdField(max_length=24)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="form_public_id")]

    def __str__(self) -> str:
        return self.name


class FormTag(TenantModel):
    """What answering does to a tag: put it on, or take it off."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="form_tags")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")
    removes = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "form", "tag"], name="formtag_once")]


class Field(TenantModel):
    class Kind(models.TextChoices):
        NAME = "name", _("氏名")
        PHONE = "phone", _("電話番号")
        EMAIL = "email", _("メールアドレス")
        TEXT = "text", _("1行テキスト")

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    label = models.CharField(max_length=60)
    is_required = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "form", "position"], name="field_position")]


class Submission(TenantModel):
    """One answer, kept as it came. The one-time ticket makes sending it twice the same as once."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="submissions", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="submissions", db_index=False)
    record = models.ForeignKey(IdentityRecord, null=True, on_delete=models.SET_NULL, related_name="+")
    ticket = models.CharField(max_length=64)
    answers = models.JSONField()
    is_test = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "ticket"], name="submission_once")]
        indexes = [
            models.Index(fields=["tenant", "member", "-received_at"], name="submission_member"),
            models.Index(fields=["tenant", "form", "-received_at"], name="submission_form"),
        ]
