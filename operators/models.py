"""Operators, their seats in shops, the groups they share things in, and the log of what they did."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operators.roles import RIGHTS, SINGLE_RIGHTS, SUPPORT_LABEL, SUPPORT_RIGHTS, Role
from tenants.fields import PublicIdField
from tenants.models import Tenant, TenantModel
from tenants.scope import allow_own_seats


class OperatorManager(BaseUserManager["Operator"]):
    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(login_id=username)

    def create_operator(
        self, login_id: str, password: str, **values: Any
    ) -> "Operator":
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
    # Works on the platform's own side as well; only `manage.py grant_platform` sets it.
    is_platform = models.BooleanField(default=False)
    language = models.CharField(max_length=5, default="ja")
    theme = models.CharField(max_length=5, blank=True)
    density = models.CharField(max_length=10, blank=True)
    # The shop whose invitation made this login: its managers alone may change or reissue it.
    made_by = models.ForeignKey(
        Tenant, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = OperatorManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="operator_email", condition=~models.Q(email="")
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


def is_open_now() -> models.Q:
    """Return the seats that let somebody in: not switched off and, of the platform's support, not over or revoked."""
    lasting = models.Q(expires_at=None) | models.Q(
        expires_at__gt=timezone.now(), operator__is_platform=True
    )
    return models.Q(off_at=None) & lasting


class Seat(TenantModel):
    """An operator's place in a shop: a role, and single rights that differ from it (operators/roles.py).

    One that expires is that of somebody of the platform who looks in for support: it sees pages and settings, no
    personal data, and changes nothing.
    """

    Role = Role

    operator = models.ForeignKey(
        Operator, on_delete=models.CASCADE, related_name="seats"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    # {"export": true, "send": false}: where the operator has another right than the role.
    rights = models.JSONField(default=dict)
    # Since when the operator is switched off in this shop.
    off_at = models.DateTimeField(null=True)
    # Of a seat for support: until when it lets in, and why it was taken.
    expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    # Which columns the operator wants to see, by list: {"members": ["contact", …]}.
    columns = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "operator"], name="seat_operator")
        ]

    @classmethod
    def of(cls, operator: Operator) -> "list[Seat]":
        """Return all seats of one operator, in every shop: the way from the login to a shop. Needs a transaction."""
        with allow_own_seats(operator):
            return list(
                models.QuerySet(cls)
                .filter(is_open_now(), operator=operator)
                .select_related("tenant")
                .order_by("tenant")
            )

    @property
    def is_support(self) -> bool:
        return self.expires_at is not None

    @property
    def role_label(self) -> str:
        return str(SUPPORT_LABEL) if self.is_support else self.get_role_display()

    def can(self, right: str) -> bool:
        if self.is_support:
            return right in SUPPORT_RIGHTS
        by_role = right in RIGHTS[self.Role(self.role)]
        single = self.rights.get(right) if right in SINGLE_RIGHTS else None
        return by_role if single is None else bool(single)

    @property
    def deviations(self) -> dict[str, bool]:
        """The single rights that differ from the role's."""
        given = RIGHTS[self.Role(self.role)]
        return {
            right: self.can(right)
            for right in SINGLE_RIGHTS
            if self.can(right) != (right in given)
        }


class AccessCode(TenantModel):
    """A code, handed over or mailed as a link, by which somebody joins the shop or sets a new password; works once.

    Stored is a hash of it alone.
    """

    class Kind(models.TextChoices):
        INVITE = "invite", _("招待")
        RESET = "reset", _("パスワードの再発行")

    public_id = PublicIdField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    digest = models.CharField(max_length=64)
    # An invitation: who is to join, as whom. Empty for a reset.
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    rights = models.JSONField(default=dict)
    # Whose password is set; of an invitation, who accepted it.
    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.CASCADE, related_name="+"
    )
    made_by = models.ForeignKey(
        Operator, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # When it was used or taken back.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="accesscode_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "digest"], name="accesscode_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OperatorGroup(TenantModel):
    """メンバーグループ: operators who share something, such as saved conditions."""

    public_id = PublicIdField()
    name = models.CharField(_("グループ名"), max_length=60)
    seats = models.ManyToManyField(
        Seat, through="OperatorGroupSeat", related_name="groups"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="operatorgroup_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="operatorgroup_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OperatorGroupSeat(TenantModel):
    group = models.ForeignKey(
        OperatorGroup, on_delete=models.CASCADE, related_name="places"
    )
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="places")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "group", "seat"], name="operatorgroupseat_once"
            )
        ]


class Notice(TenantModel):
    """Something that operators are told, as a row of an outbox: whom it reaches, and how, is decided when it is sent.

    ``kind``: one of those handed in (operators/extension.py). ``ways``: by which ways alone, [] for those that each
    operator prefers. ``data``: facts and ids, no names, addresses or texts of messages.
    """

    kind = models.CharField(max_length=60)
    # What it is about: "cartsync.cart" and the number of its row.
    subject = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    # Whom alone it is for, such as who started the job; empty for everybody with the right of its kind.
    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.CASCADE, related_name="+"
    )
    ways = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    # When it was given to those who are to hear of it.
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-at", "id"], name="notice_newest"),
            models.Index(
                fields=["tenant", "id"],
                name="notice_untold",
                condition=models.Q(told_at=None),
            ),
        ]


class AuditEntry(TenantModel):
    """What was done, by whom, to what, from where. Written before the effect is visible; never changed.

    ``data``: facts and ids, among them ``before`` and ``after`` of a change, the condition and the count of a set.
    """

    class Result(models.TextChoices):
        DONE = "done", _("完了")
        REFUSED = "refused", _("拒否")

    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    result = models.CharField(
        max_length=8, choices=Result.choices, default=Result.DONE, db_default="done"
    )
    # By what it came (tenants.scope.act_as), and of a request the address of the network.
    source = models.CharField(max_length=20, blank=True, db_default="")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    append_only = True

    class Meta:
        indexes = [models.Index(fields=["tenant", "-at", "id"], name="audit_newest")]


class AuditSeal(TenantModel):
    """One batch of the audit log under a hash that holds the hash of the batch before it."""

    # The numbers of the entries, in order: those that were committed when the batch was made.
    entries = models.JSONField(default=list)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    append_only = True

    class Meta:
        indexes = [models.Index(fields=["tenant", "-id"], name="auditseal_newest")]
