"""会員情報項目 themselves: made, changed, put in order, shown. usage/archive_attribute.py archives and deletes them.

System attributes are there in every shop. Their rows are stored when the shop is opened, or else as soon as anybody
changes something in the list; until then they are shown from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.attributes.file_words import GENDERS
from members.attributes.kinds import KINDS
from members.attributes.member_fields import ANSWERS
from members.db import lock_links_exclusively
from members.models import Attribute, AttributeValue, Member
from members.models.attributes import SYSTEM_NAMES
from members.normalize.names import normalize_label
from operators import audit
from tenants.models import Tenant
from tenants.scope import open_tenant_scope

Kind = Attribute.Kind


@dataclass(frozen=True)
class SystemAttribute:
    kind: str = Kind.TEXT
    choices: tuple[str, ...] = ()


SYSTEM = {
    "name": SystemAttribute(),
    "email": SystemAttribute(),
    "phone": SystemAttribute(),
    "birthday": SystemAttribute(Kind.DATE),
    "kana": SystemAttribute(),
    "postal_code": SystemAttribute(),
    "address": SystemAttribute(),
    "gender": SystemAttribute(Kind.CHOICE, GENDERS),
}
# Who a member is: the carts are asked for these. Their values come from answers.
IDENTITY = ANSWERS
# Where an attribute is shown: in the member list, on the member's page, beside the conversation.
PLACES = ("in_list", "in_detail", "in_talk")


# ---------------------------------------------------------------- reads
def list_attributes() -> list[Attribute]:
    """Return all attributes of the shop in their order, archived ones too."""
    stored = list(Attribute.objects.order_by("position", "pk"))
    present = {attribute.system for attribute in stored}
    return [
        _build_system_attribute(key) for key in SYSTEM if key not in present
    ] + stored


def _build_system_attribute(key: str) -> Attribute:
    """Build the item as every shop begins with it. Its key is its public id too: the same in each."""
    item = SYSTEM[key]
    return Attribute(
        system=key,
        public_id=key,
        name=str(SYSTEM_NAMES[key]),
        name_key=f"system:{key}",
        kind=item.kind,
        choices=list(item.choices),
        in_list=False,
        in_detail=True,
    )


def get_attribute_key(attribute: Attribute) -> str:
    """Return the key by which forms and URLs name the attribute, whether its row is stored yet or not."""
    return attribute.system or attribute.public_id


def find_attribute(public_id: str) -> Attribute | None:
    """Return the attribute with this public id or, for a system attribute, this key; None when there is none.

    A system attribute is found whether its row is stored yet or not.
    """
    if public_id in SYSTEM:
        return Attribute.objects.filter(
            system=public_id
        ).first() or _build_system_attribute(public_id)
    return Attribute.objects.filter(public_id=public_id).first()


def get_archived_keys() -> set[str]:
    """Return the keys (``get_attribute_key``) of archived attributes, which no page or form collects or shows."""
    rows = Attribute.objects.exclude(archived_at=None).values_list(
        "system", "public_id"
    )
    return {system or public_id for system, public_id in rows}


def list_column_attributes(rows: Sequence[Attribute] | None = None) -> list[Attribute]:
    """Return what the member list may show in columns, in order: all attributes but those of who a member is."""
    rows = list_attributes() if rows is None else rows
    return [
        each
        for each in rows
        if each.in_list and not each.archived_at and each.system not in IDENTITY
    ]


def list_detail_attributes() -> list[Attribute]:
    """Return the attributes with values of their own that the member's page shows, in order."""
    rows = Attribute.objects.with_values().in_use().filter(in_detail=True)
    return list(rows.in_order())


def list_talk_attributes() -> list[Attribute]:
    """Return the attributes that stand beside a conversation, in order; archived ones never."""
    rows = Attribute.objects.in_use().filter(in_talk=True)
    return list(rows.in_order())


def get_hidden_system_keys() -> set[str]:
    """Return the names of the system attributes that the member's page leaves out."""
    stored = Attribute.objects.exclude(system="")
    return {each.system for each in stored if each.archived_at or not each.in_detail}


def count_attribute_values(attribute: Attribute) -> int:
    """Count the members who have a value, deleted members included."""
    if column := attribute.column:
        empty: dict[str, Any] = {"birthday": {"birth_md": None}}.get(
            column, {column: ""}
        )
        return Member.objects.exclude(**empty).count()
    return (
        AttributeValue.objects.filter(attribute=attribute).count()
        if attribute.pk
        else 0
    )


# ---------------------------------------------------------------- verbs
@transaction.atomic
def store_system_attributes() -> None:
    """Store the system attributes in front of the others, so that they can be changed."""
    missing = [each for each in list_attributes() if each.pk is None]
    if missing:
        for number, attribute in enumerate(
            Attribute.objects.order_by("position", "pk"), start=len(missing)
        ):
            Attribute.objects.filter(pk=attribute.pk).update(position=number)
        for number, each in enumerate(missing):
            each.position = number
        Attribute.objects.bulk_create(missing, ignore_conflicts=True)


def store_shop_attributes(tenant: Tenant, **kwargs: Any) -> None:
    """Store the system items of a shop that was just opened, so that they can be filled at once."""
    with open_tenant_scope(tenant):
        store_system_attributes()


def find_stored_attribute(public_id: str) -> Attribute | None:
    """Return the attribute as ``find_attribute`` does, but with a stored row that can be changed."""
    store_system_attributes()
    return find_attribute(public_id)


@transaction.atomic
def make_attribute(
    name: str,
    kind: str,
    choices: Sequence[str],
    in_list: bool,
    in_detail: bool,
    in_talk: bool = False,
) -> Attribute:
    """Make an attribute behind the others. The caller has checked that the name is free."""
    store_system_attributes()
    attribute = Attribute.objects.create(
        name=name,
        name_key=normalize_label(name),
        kind=kind,
        choices=list(choices),
        in_list=in_list,
        in_detail=in_detail,
        in_talk=in_talk,
        position=Attribute.objects.count(),
    )
    audit.record_action("attribute.made", attribute, kind=kind)
    return attribute


@transaction.atomic
def change_attribute(
    attribute: Attribute,
    name: str,
    kind: str,
    choices: Sequence[str],
    in_list: bool,
    in_detail: bool,
    in_talk: bool = False,
) -> None:
    """Change name, kind, choices and places of an attribute.

    Raise ValidationError when members have values that the new kind, or a choice that is taken away, would void.
    """
    lock_links_exclusively()  # nobody sets a value between the check and the change
    now = Attribute.objects.filter(pk=attribute.pk).first()
    if now is None:
        raise ValidationError(
            _("この項目は削除されました。一覧に戻って、確かめてください。")
        )
    check_attribute_kind(now, kind)
    check_attribute_choices(now, choices if KINDS[kind].has_choices else [])
    attribute.name, attribute.name_key, attribute.kind = (
        name,
        normalize_label(name),
        kind,
    )
    attribute.choices = list(choices)
    attribute.in_list, attribute.in_detail = in_list, in_detail
    attribute.in_talk = in_talk
    attribute.save(update_fields=["name", "name_key", "kind", "choices", *PLACES])
    audit.record_action("attribute.changed", attribute)


def check_attribute_kind(attribute: Attribute, kind: str) -> None:
    if kind != attribute.kind and attribute.values.exists():
        words = _(
            "会員%(count)s名に値が入っているため、種類は変えられません。新しい項目を作るか、値をすべて消してから変えてください。"
        )
        raise ValidationError(
            {"kind": words % {"count": f"{attribute.values.count():,}"}}
        )


def check_attribute_choices(attribute: Attribute, choices: Sequence[str]) -> None:
    gone = [choice for choice in attribute.choices if choice not in choices]
    used = set(
        attribute.values.filter(text__in=gone)
        .order_by()
        .values_list("text", flat=True)
        .distinct()
    )
    if used:
        words = _(
            "選択肢%(choices)sは会員に入っているため、取り除けません。残すか、会員の値を先に変えてください。"
        )
        names = "".join(_("「%(name)s」") % {"name": name} for name in sorted(used))
        raise ValidationError({"choices": words % {"choices": names}})


@transaction.atomic
def reorder_attributes(public_ids: Sequence[str]) -> None:
    """Put the attributes in this order; those that are not named follow as they stood."""
    store_system_attributes()
    rows = list(
        Attribute.objects.select_for_update(no_key=True).order_by("position", "pk")
    )
    place = {key: number for number, key in enumerate(public_ids)}
    rows.sort(
        key=lambda row: place.get(
            row.public_id, place.get(row.system or "-", len(place))
        )
    )
    for number, row in enumerate(rows):
        row.position = number
    Attribute.objects.bulk_update(rows, ["position"])
    audit.record_action("attribute.ordered", count=len(rows))


@transaction.atomic
def show_attribute(attribute: Attribute, **places: bool) -> None:
    """Show or hide the attribute in the PLACES that are named; the others stay as they are."""
    for place, shown in places.items():
        if place not in PLACES:
            raise ValueError(place)
        setattr(attribute, place, shown)
    attribute.save(update_fields=PLACES)
    now = {place: getattr(attribute, place) for place in PLACES}
    audit.record_action("attribute.shown", attribute, **now)
