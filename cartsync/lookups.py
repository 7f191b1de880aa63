"""What the search box and pasted lists find by the customers that members are linked with."""

from django.db import connection
from django.db.models import Q, QuerySet

from cartsync.models import Link
from members.conditions.search import MOST, SearchTerms
from members.valuelists.lists import ValueSource

COLUMNS = {
    "email": "email_key",
    "phone": "phone_e164",
    "customer_id": "external_id",
    "customer_number": "number",
}


def filter_current_links() -> QuerySet[Link]:
    return Link.objects.filter(ended_at=None)


def find_members_by_number(text: str) -> QuerySet[Link, int]:
    """Return the ids of the members whose customer has this 顧客ID or 顧客番号."""
    return (
        filter_current_links()
        .filter(Q(customer__external_id=text) | Q(customer__number=text))
        .values_list("member_id", flat=True)
    )


SOURCES = tuple(
    (field, ValueSource(filter_current_links, "member_id", f"customer__{column}"))
    for field, column in COLUMNS.items()
)


def find_members_by_customer(text: str) -> list[int]:
    """Return the ids of the members whose customer has this email, phone, name or reading; at most about MOST."""
    words = SearchTerms.of(text)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cartsync_search(%s, %s, %s, %s)",
            [words.name, words.email, words.phone, MOST],
        )
        return list(cursor.fetchone()[0])
