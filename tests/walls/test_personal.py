"""Who somebody is, is printed in one way: ``{% personal %}`` in templates, ``show_personal`` behind it."""

import re
from pathlib import Path

import pytest

from members.attributes.personal import PERSONAL, show_personal
from members.models import IdentityRecord, Member
from members.models.attributes import SYSTEM_NAMES
from operators.masking import show_to

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PART = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.S)
TEXTS = re.compile(r"\"[^\"]*\"|'[^']*'")
NAMED = re.compile(r"\b(\w+)=")
PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
# They ask, lead somewhere or go through show_personal; they print nothing of what they name.
SILENT = {
    "if",
    "elif",
    "for",
    "url",
    "personal",
    "cell",
    "list_cell",
    "link_badge",
    "line_badge",
    "link_reason",
}
# What a person has, as models and their properties call it.
FIELDS = {
    "name", "email", "phone", "phone_shown", "line_name", "line_user_id", "birthday", "kana", "postal_code", "address",
    "gender",
}  # fmt: skip
# "with member=…" hands the whole row to a template that is looked through as well.
HANDED_ON = re.compile(r"\b(?:member|other|customer)=\S+")
PEOPLE = {"member", "survivor", "other"}
# Whose name, or a field's own name, stands there: none of them is a customer of the shop.
OTHERS = {
    "account", "action", "assignee", "broadcast", "cart", "choice", "current", "field", "folder", "form", "group",
    "made_by", "operator", "owner", "person", "sample", "scenario", "segment", "settings", "source", "tag", "tenant",
    "use", "user", "widget", "mailbox", "instance", "shop", "invitation", "sender", "mask",
    "changed_by", "created_by", "lifted_by", "hearer", "kept", "linked_tag", "not_found_tag", "plan", "ready", "share",
    "stopped_by", "template", "application", "decided_by",
}  # fmt: skip
# (template, expression): what OTHERS would allow too widely.
ALSO = {
    ("cartsync/carts/kinds.html", "kind.name"),  # of a cart system
    ("cartsync/carts/watched.html", "file.name"),  # of the shop's own folder
    ("messaging/accounts/list.html", "row.name"),  # an account
    ("administration/audit/row.html", "line.entry.address"),  # of the network
    ("cartsync/orders/lines.html", "line.name"),  # a product
    ("messaging/accounts/routes.html", "default.name"),  # an account
    ("messaging/domains/domain.html", "found.line.name"),  # of a DNS record
    ("cartsync/review/changed.html", "row.member"),  # what is known on that side
}


def says_who(expression: str) -> bool:
    *holders, last = expression.split(".")
    if last in FIELDS and holders:
        return holders[-1] not in OTHERS
    return last in PEOPLE


def printed_in(text: str) -> list[str]:
    """Return what says who somebody is among all that the template prints, or hands on to be printed."""
    found: list[str] = []
    bound: set[str] = set()  # by the sentence around it
    for variable, tag in PART.findall(text):
        word = (tag.split() or [""])[0]
        inside = TEXTS.sub("", variable or tag)
        if word in ("include", "with"):
            inside = HANDED_ON.sub("", inside)
        if "blocktranslate" in word:
            bound = set(NAMED.findall(inside))
        expressions = PATH.findall(NAMED.sub("", inside))
        if word not in SILENT:
            found += [
                each for each in expressions if says_who(each) and each not in bound
            ]
    return found


def test_templates_print_people_through_one_tag() -> None:
    found = [
        (str(path.relative_to(TEMPLATES)), expression)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for expression in printed_in(path.read_text())
    ]
    assert [each for each in found if each not in ALSO] == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ member }}", "{{ link.member }}", "{{ member.email|lower }}", "{{ customer.phone }}",
        "{% blocktranslate with name=member.line_name %}", "{% page_header title=member %}", "{% firstof each.kana %}",
    ],
)  # fmt: skip
def test_another_way_is_found(text: str) -> None:
    assert len(printed_in(text)) == 1


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("who", "山田 花子"), ("name", "山田 花子"), ("email", "h@example.jp"), ("phone", "090-1234-5678"),
        ("line_name", "はな"), ("line_user_id", ""), ("line", "はな"), ("birthday", "11/22"),
    ],
)  # fmt: skip
def test_a_field_of_a_member(field: str, text: str) -> None:
    member = Member(
        tenant_id=1,
        name="山田 花子",
        email="h@example.jp",
        phone="０９０1234５678",
        phone_e164="+819012345678",
        line_name="はな",
        birth_md=1122,
    )
    assert show_personal(member, field) == text


def test_what_else_has_such_fields() -> None:
    answer = IdentityRecord(tenant_id=1, phone="090-1", phone_e164="")
    assert show_personal(answer, "phone") == "090-1"
    assert show_personal({"address": "東京都"}, "address") == "東京都"
    assert show_personal("東京都", "address") == "東京都"
    assert [show_personal(None), show_personal("")] == ["", ""]
    with pytest.raises(KeyError):
        show_personal(Member(tenant_id=1), "link_state")


def test_of_a_few_choices_no_letter_is_shown() -> None:
    with show_to(None):
        shown = [
            show_personal("女性", "gender"),
            show_personal("林"),
            show_personal("山田 花子"),
        ]
    assert shown == ["***", "***", "山***"]


def test_every_system_attribute_says_who_somebody_is() -> None:
    assert set(SYSTEM_NAMES) <= PERSONAL
