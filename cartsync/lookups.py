"""What the search box and pasted lists find by the customers that members are linked with."""

from django.db.models import Q, QuerySet

from cartsync.models import Link
from members.conditions.search import register_finder
from members.valuelists.lists import Source, register_source

COLUMNS = {
    "email": "email_key",
    "phone": "phone_e164",
    "customer_id": "external_id",
    "customer_number": "number",
}


def current() -> QuerySet[Link]:
    return Link.objects.filter(ended_at=None)


def members_of_number(text: str) -> QuerySet[Link, int]:
    """Return the ids of the members whose customer has this 顧客ID or 顧客番号."""
    return (
        current()
        .filter(Q(customer__external_id=text) | Q(customer__number=text))
        .values_list("member_id", flat=True)
    )


def register_values() -> None:
    for field, column in COLUMNS.items():
        register_source(field, Source(current, "member_id", f"customer__{column}"))
    register_finder(members_of_number)
