"""A shop is deleted for good: every row of its tables, its files, its timers, and the logins that it alone used.

What stays is the audit log, whose lines are append-only and hold ids alone, and one row that keeps the shop's number.
First the shop is nowhere to be reached any more, so nothing comes in or is withdrawn meanwhile. A worker that is killed
anywhere begins again and finds less.
"""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from administration.models import Application, ShopDay, ShopMove
from administration.shops.watched_files import (
    erase_watched_files,
    set_aside_watched_files,
)
from members.db import skip_history
from messaging.accounts.stop_all import stop_all_sends
from operators import audit
from operators.audit_seals import seal_entries
from operators.models import Operator, Seat
from tenants.models import ClosedReason, Tenant, Wakeup
from tenants.pg.schema import find_tenant_field
from tenants.scope import allow_own_seats, open_tenant_scope
from tenants.shops.closed import close_shop
from tenants.wakeups import wake

WAKEUP, TRIAL_WAKEUP = "administration.erase", "administration.trial"
# Time in which an owner may change their mind; so long a shop is kept whose trial is over.
GRACE, KEPT = timedelta(days=7), timedelta(days=30)
BATCH = 20_000
# No other shop's ID begins like this.
ERASED = "deleted-"
DELETE = """
DELETE FROM {table} WHERE tenant_id = %(tenant)s AND ctid = ANY (ARRAY(
    SELECT ctid FROM {table} WHERE tenant_id = %(tenant)s LIMIT %(batch)s))
"""
FORGET = "UPDATE {table} SET {column} = NULL WHERE tenant_id = %(tenant)s AND {column} IS NOT NULL"


# ---------------------------------------------------------------- on request
@transaction.atomic
def request_deletion(shop: Tenant) -> datetime:
    """Close the shop at once and delete it after some days; return when. Raise ValidationError where it is closed."""
    if not close_shop(shop, ClosedReason.DELETING):
        raise ValidationError(
            _("このショップはすでに閉じています。サポートに連絡してください。")
        )
    at = timezone.now() + GRACE
    stop_all_sends(shop)
    Wakeup.objects.filter(tenant=shop, kind=WAKEUP).delete()  # an earlier time
    wake(shop, WAKEUP, at=at)
    audit.record_action("shop.deletion_asked", shop, at=at.isoformat())
    return at


@transaction.atomic
def withdraw_deletion(shop: Tenant) -> bool:
    """Open the shop again; return False where it was not to be deleted. What was stopped for sending stays so."""
    row = Tenant.objects.filter(pk=shop.pk, closed_reason=ClosedReason.DELETING)
    if not row.update(closed_at=None, closed_reason=""):
        return False
    Wakeup.objects.filter(tenant=shop, kind=WAKEUP).delete()
    wake(shop, TRIAL_WAKEUP)  # it found the shop closed, and its time goes on
    audit.record_action("shop.deletion_withdrawn", shop)
    return True


def find_deletion(shop: Tenant) -> datetime | None:
    """Return when the shop will be deleted."""
    if shop.closed_reason != ClosedReason.DELETING:
        return None
    found = Wakeup.objects.filter(tenant=shop, kind=WAKEUP).first()
    return found.due_at if found else None


# ---------------------------------------------------------------- the deletion
def erase_when_due(tenant: Tenant) -> datetime | None:
    """Delete the shop where that was asked for and not withdrawn, or its data were kept long enough after a trial.

    Return when to look again: a day later while the platform has not decided about an application.
    """
    with transaction.atomic():
        shop = Tenant.objects.select_for_update().get(pk=tenant.pk)
        due_at = find_erasing_time(shop)
        if due_at is None or due_at > timezone.now():
            return due_at
        begin_erasing(shop)
    erase_shop(shop)
    return None


def find_erasing_time(shop: Tenant) -> datetime | None:
    """Return from when on the shop is deleted, a time gone by where it has begun; None where it stays."""
    if shop.closed_at is None:
        return None
    if shop.closed_reason == ClosedReason.DELETING:
        return shop.closed_at + GRACE
    if shop.closed_reason == ClosedReason.DELETED:
        return shop.closed_at
    if shop.closed_reason != ClosedReason.TRIAL:
        return None
    undecided = Application.objects.filter(shop=shop, state=Application.State.OPEN)
    if undecided.exists():
        return timezone.now() + timedelta(days=1)
    return shop.closed_at + KEPT


def begin_erasing(shop: Tenant) -> None:
    """Take the shop out of everybody's reach: its address is no more, and who wants to withdraw comes too late.

    The copy that a move left is out of reach already. It keeps its address, which is given to nobody else while the
    shop works in the other cell, and its state, so that the shop may move back (docs/scaling.md).
    """
    erased = f"{ERASED}{shop.pk}"
    set_aside_watched_files(shop.slug, erased)
    Tenant.objects.filter(pk=shop.pk).exclude(
        closed_reason__in=(ClosedReason.DELETED, ClosedReason.MOVED)
    ).update(
        slug=erased,
        name=_("削除されたショップ"),
        closed_at=timezone.now(),
        closed_reason=ClosedReason.DELETED,
        plan=None,
        trial_ends_at=None,
    )


def list_erased_models() -> list[type[models.Model]]:
    """Return every model of a shop's tables but the append-only ones, which stay."""
    return [
        model
        for model in apps.get_models()
        if find_tenant_field(model) and not getattr(model, "append_only", False)
    ]


def erase_shop(shop: Tenant) -> int:
    """Delete everything of the shop within no transaction; return how many rows there were."""
    begin_erasing(shop)
    with open_tenant_scope(shop):
        with transaction.atomic():
            audit.record_action("shop.erasing", shop)
        # Once more for what was under way as the shop's address went.
        rows = erase_rows(shop) + erase_rows(shop)
        erase_files(shop)
        erase_watched_files(f"{ERASED}{shop.pk}")
        seal_entries()  # its timer ends
    with transaction.atomic():
        erase_logins(shop)
        Application.objects.filter(shop=shop).delete()
        ShopDay.objects.filter(shop=shop).delete()
        ShopMove.objects.filter(shop=shop).delete()
        Wakeup.objects.filter(tenant=shop).exclude(kind=WAKEUP).delete()
    return rows


def erase_rows(shop: Tenant) -> int:
    """Delete the rows of all tables, whatever refers to whatever: a table that others still need waits for its turn."""
    left, total = list_erased_models(), 0
    while left:
        waiting = []
        for model in reversed(left):
            count = erase_table(shop, model)
            if count is None:
                waiting.append(model)
            total += count or 0
        waiting.reverse()
        if len(waiting) == len(left):
            cut_references(shop, waiting)
        left = waiting
    return total


def erase_table(shop: Tenant, model: type[models.Model]) -> int | None:
    """Delete the shop's rows of one table in parts; return how many, None while other rows refer to them."""
    table, total = model._meta.db_table, 0
    values = {"tenant": shop.pk, "batch": BATCH}
    while True:
        try:
            # The history of what is deleted is deleted too: nothing is written into it meanwhile.
            with transaction.atomic(), skip_history():
                count = delete_part(DELETE.format(table=table), values)
        except DatabaseError as refused:
            if is_reference(refused):
                return None
            raise
        total += count
        if count < BATCH:
            return total


@transaction.atomic
def delete_part(statement: str, values: dict[str, int]) -> int:
    """Run the statement within a savepoint, its references checked at once; return how many rows it deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def is_reference(error: BaseException) -> bool:
    """Tell whether PostgreSQL refused because other rows refer to these."""
    return getattr(error.__cause__, "sqlstate", "") in ("23503", "23001")


def cut_references(shop: Tenant, tables: list[type[models.Model]]) -> None:
    """Empty what may be empty among references of tables that refer to each other in a circle."""
    cut = 0
    for model in tables:
        for field in model._meta.local_concrete_fields:
            if field.remote_field and field.null and field.related_model in tables:
                values = {"table": model._meta.db_table, "column": field.column}
                with (
                    transaction.atomic(),
                    skip_history(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(FORGET.format(**values), {"tenant": shop.pk})
                    cut += cursor.rowcount
    if not cut:
        names = ", ".join(model._meta.label for model in tables)
        raise RuntimeError(f"These tables cannot be emptied: {names}")


def erase_files(shop: Tenant) -> None:
    """Delete the shop's folder below each kind of file: `<kind>/<number of the shop>/…`."""
    for kind in list_kinds_of_files():
        erase_folder(f"{kind}/{shop.pk}")


def list_kinds_of_files() -> list[str]:
    """Return the folders of the storage, of which each holds one for each shop."""
    return default_storage.listdir("")[0] if default_storage.exists("") else []


def erase_folder(folder: str) -> None:
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    for name in folders:
        erase_folder(f"{folder}/{name}")
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def has_any_seat(operator: Operator) -> bool:
    """Tell whether some shop has a place for the operator, be they switched off there."""
    with allow_own_seats(operator):
        return models.QuerySet(Seat).filter(operator=operator).exists()


def erase_logins(shop: Tenant) -> None:
    """Blank the logins that the shop made and no other one uses; the audit log still names their numbers."""
    for operator in Operator.objects.filter(made_by=shop, is_platform=False):
        if has_any_seat(operator):
            continue
        for session in UserSession.objects.filter(user_id=operator.pk):
            session.end()
        Authenticator.objects.filter(user_id=operator.pk).delete()
        EmailAddress.objects.filter(user_id=operator.pk).delete()
        values: dict[str, Any] = {
            "login_id": f"deleted-{operator.pk}",
            "name": _("削除されたオペレーター"),
            "email": "",
            "is_active": False,
        }
        for name, value in values.items():
            setattr(operator, name, value)
        operator.set_unusable_password()
        operator.save()
