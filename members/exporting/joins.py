"""Rows beside the members, such as their tags: what a cell needs that is no column of the member's own row."""

from dataclasses import dataclass
from typing import Any

from tenants.scope import current_tenant_id


@dataclass(frozen=True)
class Join:
    """Joined once by the statement, however many of its columns ask (members/exporting/reading.py).

    ``of_one``: a SELECT of at most one row for the member ``r.id``. ``of_all``: the same for everybody at once, with
    ``member_id``. Both take ``params``, the first of which is the shop: the policies alone find no index.
    """

    alias: str
    of_one: str
    of_all: str
    params: tuple[Any, ...]


TAGGED = """SELECT {each} left(string_agg(t.name, '、' ORDER BY t.name), 30000) AS names
FROM members_membertag l JOIN members_tag t ON t.tenant_id = l.tenant_id AND t.id = l.tag_id
WHERE l.tenant_id = %s {of}"""


def tags() -> Join:
    return Join(
        "tagged", TAGGED.format(each="", of="AND l.member_id = r.id"),
        TAGGED.format(each="l.member_id,", of="GROUP BY l.member_id"), (current_tenant_id(),),
    )  # fmt: skip
