"""Rows of other tables that a cell needs beside the member's own row, such as the tags."""

from dataclasses import dataclass
from typing import Any

from members.attributes.kinds import get_kind
from members.models import Attribute
from tenants.scope import get_current_tenant_id


@dataclass(frozen=True)
class Join:
    """Rows that the statement joins once, however many of its columns need them (members/exports/query.py).

    ``of_one``: a SELECT of at most one row for the member ``r.id``. ``of_all``: the same for all members at once, with
    ``member_id``. Both take ``params``, the first of which is the shop, because the policies alone find no index.
    """

    alias: str
    of_one: str
    of_all: str
    params: tuple[Any, ...]


def _build_single_join(alias: str, shown: str, source: str, *params: object) -> Join:
    """Return the join of at most one row a member.

    ``shown``: its columns. ``source``: the rest of the SELECT, whose first table is ``l``.
    """
    return Join(
        alias,
        f"SELECT {shown} {source} AND l.member_id = r.id",
        f"SELECT l.member_id, {shown} {source}",
        params,
    )


def build_aggregate_join(alias: str, shown: str, source: str, *params: object) -> Join:
    """Return the join of one row a member that is made of several.

    ``shown``: aggregates. ``source``: the rest of the SELECT, whose first table is ``l``.
    """
    return Join(
        alias,
        f"SELECT {shown} {source} AND l.member_id = r.id",
        f"SELECT l.member_id, {shown} {source} GROUP BY l.member_id",
        params,
    )


def build_tags_join() -> Join:
    return build_aggregate_join(
        "tagged",
        "left(string_agg(t.name, '、' ORDER BY t.name), 30000) AS names",
        "FROM members_membertag l JOIN members_tag t ON t.tenant_id = l.tenant_id AND t.id = l.tag_id"
        " WHERE l.tenant_id = %s",
        get_current_tenant_id(),
    )


def build_value_join(attribute: Attribute) -> Join:
    return _build_single_join(
        f"attribute_{attribute.pk}",
        f"{get_kind(attribute).exported} AS shown",
        "FROM members_attributevalue l WHERE l.tenant_id = %s AND l.attribute_id = %s",
        attribute.tenant_id,
        attribute.pk,
    )
