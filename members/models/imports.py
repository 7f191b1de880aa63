"""会員の取り込み: an uploaded file on its way into the members."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantModel


class MemberImport(TenantModel):
    """One file: uploaded, its columns mapped, checked (dry run), loaded, perhaps undone."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("列の対応づけ待ち")
        CHECKING = "checking", _("確認中")
        CHECKED = "checked", _("取り込み待ち")
        LOADING = "loading", _("取り込み中")
        DONE = "done", _("取り込み済み")
        UNDOING = "undoing", _("元に戻しています")
        UNDONE = "undone", _("元に戻しました")
        FAILED = "failed", _("失敗")

    public_id = PublicIdField()
    name = models.CharField(_("ファイル名"), max_length=200)
    path = models.CharField(max_length=300)
    operator = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.UPLOADED
    )
    # How the file is read, its header, the mapping of its columns, and the switches (members/imports/read/).
    settings = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    job = models.ForeignKey(
        "jobs.Job",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="memberimport_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="memberimport_newest")
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(TenantModel):
    """One row of a file while it is checked, loaded and perhaps undone.

    The cleaned values have columns of their own, because a million rows in JSON took twice the time. The table is
    unlogged (members/sql/storage.sql) and has no foreign keys.

    ``key`` finds the member: the value of the first key that the row has (members/imports/read/columns.py). ``errors``
    are codes of its cells ("2:phone 5:long", by column), ``conflict`` is one of the row among others. They become texts
    only where they are shown.
    """

    class Decision(models.TextChoices):
        NEW = "new", _("新規")
        CHANGED = "changed", _("更新")
        SAME = "same", _("変更なし")
        WRONG = "wrong", _("エラー")
        LEFT = "left", _("対象外")

    pk = models.CompositePrimaryKey("tenant_id", "source_id", "number")
    tenant = TenantKey(db_constraint=False)
    source = models.ForeignKey(
        MemberImport,
        on_delete=models.CASCADE,
        related_name="rows",
        db_index=False,
        db_constraint=False,
    )
    number = (
        models.PositiveIntegerField()
    )  # the row as a spreadsheet numbers it: the header is 1
    member = models.ForeignKey(
        Member,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    verdict = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    errors = models.TextField(blank=True)
    conflict = models.CharField(max_length=40, blank=True)
    # The public id for the member, and for its answer, if the row makes one.
    fresh_id = models.CharField(max_length=12, blank=True)
    key_kind = models.CharField(max_length=6, blank=True)
    key = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    line_user_id = models.CharField(max_length=40, blank=True)
    birthday = models.DateField(null=True)
    birth_md = models.PositiveSmallIntegerField(null=True)
    # True: opted out, False: receives messages, None: the row does not say.
    line_optout = models.BooleanField(null=True)
    mail_optout = models.BooleanField(null=True)
    tags = ArrayField(
        models.IntegerField(), null=True, default=None
    )  # positions in the import's list of tags
    extras = models.JSONField(null=True)  # {"attribute id": value as text}
    before = models.JSONField(null=True)  # what the member was, for undo
