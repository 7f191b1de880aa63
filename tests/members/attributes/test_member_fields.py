"""The closed list of what is known of every member: all that it describes is there, and nothing else is."""

from members.attributes.member_fields import ANSWERS, FIELDS
from members.conditions import registry
from members.imports.read import columns as import_columns
from members.merge.merge import COLUMN_GROUPS
from members.models import Member
from members.models.attributes import COLUMNS, SYSTEM_NAMES

# Kept beside what is shown, or by an app above for conditions of its own.
UNSEEN = {"id", "tenant_id", "name_key", "email_key", "phone_e164", "cart_state"}


def test_every_column_of_a_member_is_described() -> None:
    described = {column for each in FIELDS.values() for column in each.columns}
    stored = {field.attname for field in Member._meta.concrete_fields}
    assert stored - described == UNSEEN
    assert described - stored == set()


def test_what_is_described_is_asked_about_written_out_and_taken_in() -> None:
    asked = [each.asked for each in FIELDS.values() if each.asked]
    assert {each.name for each in asked} <= {
        field.name for field in registry.list_fields()
    }
    assert list(import_columns.KEYS) == ["id", "line", "email", "phone"]
    assert import_columns.CONSENT == ("line_optout", "mail_optout")


def test_who_a_member_is() -> None:
    assert ANSWERS == ("name", "email", "phone")
    assert list(COLUMN_GROUPS) == ["birthday", "line", "line_optout", "mail_optout"]
    assert [(key, str(FIELDS[key].label)) for key in COLUMNS] == [
        (key, str(SYSTEM_NAMES[key])) for key in COLUMNS
    ]
