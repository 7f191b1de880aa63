"""Shops, the base of every table of a shop, and the rows that wake the workers."""

from copy import copy
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import TenantKey
from tenants.scope import get_current_tenant_id

M = TypeVar("M", bound=models.Model)
# By model and queryset class: the rows of shop 0.
_begun: dict[Any, Any] = {}


class Plan(models.Model):
    """What a shop may keep: so many members and operators, None for as many as it wants. Sends are never limited."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(_("プラン名"), max_length=60)
    member_limit = models.PositiveIntegerField(_("会員数の上限"), null=True, blank=True)
    operator_limit = models.PositiveIntegerField(
        _("オペレーター数の上限"), null=True, blank=True
    )
    # Whether somebody of whom only an order mail told counts as a member.
    counts_contacts = models.BooleanField(
        _("注文メールだけの方も数える"), default=False
    )

    def __str__(self) -> str:
        return self.name


class ClosedReason(models.TextChoices):
    """Why a shop is closed: its pages can be read, nothing can be changed, nothing is sent."""

    TRIAL = "trial", _("お試し期間の終了")
    DISABLED = "disabled", _("運営による停止")
    DELETING = "deleting", _("削除の予定")
    DELETED = "deleted", _("削除済み")
    # On its way to another cell, and gone there: docs/scaling.md. Nothing of it is answered here.
    MOVING = "moving", _("移動中")
    MOVED = "moved", _("移動済み")


class Tenant(models.Model):
    slug = models.SlugField(_("ショップID"), max_length=40, unique=True)
    name = models.CharField(_("ショップ名"), max_length=100)
    # The shortest password of an exported file (jobs/files/passwords.py).
    export_password_length = models.PositiveSmallIntegerField(default=12)
    # The roles that work here only with a second factor (operators/seats/second_factor.py).
    second_factor_roles = models.JSONField(default=list)
    # None: nothing limits the shop.
    plan = models.ForeignKey(
        Plan, null=True, on_delete=models.PROTECT, related_name="shops"
    )
    # The percent of the plan's limit of members of which the owners have been told (tenants/shops/plans.py).
    limit_level = models.PositiveSmallIntegerField(default=0)
    # A shop on trial: when it closes, unless a plan was given to it before.
    trial_ends_at = models.DateTimeField(null=True)
    # Since when, and why, it is closed (tenants/shops/closed.py).
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(
        max_length=8, choices=ClosedReason.choices, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_elsewhere(self) -> bool:
        """Whether another cell answers for the shop, now or in a moment."""
        return bool(self.closed_at) and self.closed_reason in (
            ClosedReason.MOVING,
            ClosedReason.MOVED,
        )


class FieldKeyProof(models.Model):
    """One known text under the newest of FIELD_KEYS: a process that cannot read it has the wrong keys."""

    proof = models.TextField()
    # Tells this cell's SECRET_KEY from another one, and does not tell the key (tenants/signing_key.py).
    signing_key = models.CharField(max_length=64, blank=True, default="")


class BackupRecord(models.Model):
    """One backup of the whole database, or one rehearsal of its return; every owner sees the last of each."""

    class Kind(models.TextChoices):
        BACKUP = "backup", _("バックアップ")
        RESTORE = "restore", _("復元の確認")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    at = models.DateTimeField()
    tables = models.PositiveIntegerField()
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    seconds = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "-at"], name="backuprecord_newest")]

    @classmethod
    def get_newest(cls, kind: "BackupRecord.Kind") -> "BackupRecord | None":
        return cls.objects.filter(kind=kind).order_by("-at").first()


class TenantQuerySet(models.QuerySet[M]):
    """The base of every read of a shop's rows."""


class TenantManager(models.Manager[M]):
    """Refuses to work outside a scope, and starts every query from the shop."""

    def get_queryset(self) -> models.QuerySet[M]:
        rows = self.begin_with(get_current_tenant_id())
        rows._hints, rows._db = self._hints, self._db  # type: ignore[attr-defined]
        return rows

    def begin_with(self, tenant_id: int) -> models.QuerySet[M]:
        """Return the rows of the shop. The condition is put together once, of which each query has a copy of its own.

        Half of what a page costs is putting queries together, and every one begins so.
        """
        key = (self.model, self._queryset_class)  # type: ignore[attr-defined]
        if key not in _begun:
            _begun[key] = self._queryset_class(self.model).filter(tenant_id=0)  # type: ignore[attr-defined]
        rows: models.QuerySet[M] = _begun[key]._chain()
        where = rows.query.where
        mine: Any = copy(where.children[0])
        mine.rhs = tenant_id
        where.children[0] = mine
        return rows


class TenantModel(models.Model):
    tenant = TenantKey()

    objects = TenantManager()

    # The application role may add rows to such a table, never change or delete them (tenants/grants.py).
    append_only = False

    class Meta:
        abstract = True
        # What Django itself asks and writes (save, refresh_from_db, references) names the shop as well. A model of its
        # own Meta still inherits this, unless another abstract model stands before TenantModel: tenants.E002.
        base_manager_name = "objects"


class Wakeup(models.Model):
    """The one durable timer: at ``due_at`` the task named ``kind`` runs for the shop. See tenants/wakeups.py.

    Outside row-level security, because the tick looks over all shops; it holds no personal data. Its key begins with
    the shop all the same, so that a shop can take its timers along into another database.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kind", "subject")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=60)
    subject = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="wakeup_due")]
