"""Shops, the people who work in them, and the rows that wake the workers."""

from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField, TenantKey
from tenants.scope import current_tenant_id, own_seats

__all__ = ["AuditEntry", "Operator", "PublicIdField", "Seat", "Tenant", "TenantModel", "Wakeup"]
M = TypeVar("M", bound=models.Model)


class Tenant(models.Model):
    slug = models.SlugField(_("ショップID"), max_length=40, unique=True)
    name = models.CharField(_("ショップ名"), max_length=100)
    # The shortest password of an exported file (members/exporting/passwords.py).
    export_password_length = models.PositiveSmallIntegerField(default=12)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class TenantQuerySet(models.QuerySet[M]):
    """The base of every read of a shop's rows."""


class TenantManager(models.Manager[M]):
    """Refuses to work outside a scope, and starts every query from the shop."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())


class TenantModel(models.Model):
    tenant = TenantKey()

    objects = TenantManager()

    # The application role may add rows to such a table, never change or delete them (tenants/granting.py).
    append_only = False

    class Meta:
        abstract = True


class OperatorManager(BaseUserManager["Operator"]):
    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(login_id=username)

    def create_operator(self, login_id: str, password: str, **values: Any) -> "Operator":
        operator = self.model(login_id=login_id, **values)
        operator.set_password(password)
        operator.save(using=self._db)
        return operator


class Operator(AbstractBaseUser):
    """A person who works in the console. Logs in by login ID or by email; the email is optional."""

    login_id = models.CharField(_("ログインID"), max_length=60, unique=True)
    name = models.CharField(_("氏名"), max_length=100)
    email = models.EmailField(_("メールアドレス"), blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, default="ja")
    theme = models.CharField(max_length=5, blank=True)
    density = models.CharField(max_length=10, blank=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = OperatorManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="operator_email", condition=~models.Q(email=""))]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class Seat(TenantModel):
    """An operator's place in a shop. A seat holds a role; the role's rights are in tenants/access.py."""

    class Role(models.TextChoices):
        OWNER = "owner", _("店長")
        STAFF = "staff", _("スタッフ")
        VIEWER = "viewer", _("閲覧のみ")

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="seats")
    role = models.CharField(max_length=10, choices=Role.choices)
    # Which columns the operator wants to see, by list: {"members": ["contact", …]}.
    columns = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "operator"], name="seat_operator")]

    @classmethod
    def of(cls, operator: Operator) -> "list[Seat]":
        """All seats of one operator, in every shop: the way from the login to a shop. Needs a transaction."""
        with own_seats(operator):
            return list(models.QuerySet(cls).filter(operator=operator).select_related("tenant").order_by("tenant"))

    def can(self, right: str) -> bool:
        from tenants.access import RIGHTS  # access needs Seat

        return right in RIGHTS[self.Role(self.role)]


class OperatorGroup(TenantModel):
    """メンバーグループ: operators who share something, such as saved conditions."""

    public_id = PublicIdField()
    name = models.CharField(_("グループ名"), max_length=60)
    seats = models.ManyToManyField(Seat, through="OperatorGroupSeat", related_name="groups")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="operatorgroup_public_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="operatorgroup_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OperatorGroupSeat(TenantModel):
    group = models.ForeignKey(OperatorGroup, on_delete=models.CASCADE, related_name="places")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "group", "seat"], name="operatorgroupseat_once")]


class AuditEntry(TenantModel):
    """What was done, by whom, to what. Written before the effect is visible; never changed."""

    operator = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    append_only = True

    class Meta:
        indexes = [models.Index(fields=["tenant", "-at", "id"], name="audit_newest")]


class Wakeup(models.Model):
    """The one durable timer: at ``due_at`` the task named ``kind`` runs for the shop. See tenants/waking.py.

    Outside row-level security, because the tick looks over all shops; it holds no personal data.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    subject = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "subject"], name="wakeup_once")]
        indexes = [models.Index(fields=["due_at"], name="wakeup_due")]
