"""会員の取り込み: an uploaded file on its way into the members."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class MemberImport(TenantModel):
    """One file: uploaded, its columns mapped, checked (dry run), loaded, perhaps rolled back."""

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
    operator = models.ForeignKey("tenants.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    # How the file is read, its header, which column is what, and the switches (members/importing/).
    settings = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    job = models.ForeignKey("console.Job", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="memberimport_public_id")]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="memberimport_newest")]

    def __str__(self) -> str:
        return self.name


class ImportRow(TenantModel):
    """One row of a file while it is checked and loaded. Unlogged in the database; no foreign keys."""

    class Verdict(models.TextChoices):
        NEW = "new", _("新規")
        CHANGED = "changed", _("更新")
        SAME = "same", _("変更なし")
        WRONG = "wrong", _("エラー")

    pk = models.CompositePrimaryKey("tenant_id", "source_id", "number")
    source = models.ForeignKey(
        MemberImport, on_delete=models.CASCADE, related_name="rows", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()  # the line as the operator sees it in the file
    member = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    values = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
