"""Whatever text of the shop still holds an address, a number or a LINE id of somebody: there it is blacked out.

All tables are found from the models, so a new one needs no line here.
"""

from django.db import connection, models
from django.utils.translation import gettext as _

from administration.erasure.person import Person
from administration.shops.erase import list_erased_models
from cartsync.models import CartCustomer, CartOrder, Link
from members.db import skip_history
from members.models import IdentityRecord, Member, MemberChange, MemberName
from tenants.pg.schema import find_tenant_field
from tenants.scope import get_current_tenant_id
from tenants.secrets import SecretField

# Their rows are the person's and go at the end, or they are somebody else's.
SPARED = {
    Member,
    MemberName,
    MemberChange,
    IdentityRecord,
    CartCustomer,
    CartOrder,
    Link,
}
SWEEP = "UPDATE {table} SET {changes} WHERE tenant_id = %(tenant)s AND ({found})"


def list_swept_models() -> list[type[models.Model]]:
    return [model for model in list_erased_models() if model not in SPARED]


def list_text_columns(model: type[models.Model]) -> list[models.Field]:
    """Return the columns that may hold any text; what is encrypted cannot be looked into."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not isinstance(field, SecretField)
        and not field.choices
    ]


def replace_words(model: type[models.Model], person: Person) -> int:
    """Black out the person's values in the table; return in how many rows."""
    columns = list_text_columns(model)
    if not columns or not person.words or not find_tenant_field(model):
        return 0
    changes, found = [], []
    for field in columns:
        name = connection.ops.quote_name(field.column or "")
        cast = "::jsonb" if isinstance(field, models.JSONField) else ""
        replaced = f"regexp_replace({name}::text, %(pattern)s, %(mark)s, 'gi')"
        changes.append(f"{name} = {replaced}{cast}")
        found.append(f"{name}::text ~* %(pattern)s")
    statement = SWEEP.format(
        table=model._meta.db_table,
        changes=", ".join(changes),
        found=" OR ".join(found),
    )
    values: dict[str, str | int] = {
        "tenant": get_current_tenant_id() or 0,
        "pattern": person.pattern,
        "mark": str(_("［削除済み］")),
    }
    with skip_history(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
