"""What the tests of lists' filters share."""

import datetime as dt
from typing import Any

from django.db.models import Model
from django.test import Client

# Half past eleven in the evening of 2026/11/20 in Tokyo, and the moment when the next day begins there.
FRIDAY = dt.datetime(2026, 11, 20, 14, 30, tzinfo=dt.UTC)
SATURDAY = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)


def change(row: Model, **values: Any) -> None:
    """Set columns that are filled by themselves."""
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def send_search(client: Client, url: str, text: str) -> str:
    """Search in a list, and return the query of the address that the search leads to."""
    sent = client.post(url, {"q": text})
    assert sent.status_code == 302 and text not in sent.headers["Location"]
    return "?" + sent.headers["Location"].partition("?")[2]
