import time

import pytest
from django.core.exceptions import ValidationError

from members import reading_values, value_lists
from members.models import Member
from members.reading_values import parse as parse_emails
from members.value_lists import make_list, not_found, report
from tenants.models import AuditEntry, Tenant
from tenants.scope import tenant_scope
from tests.conftest import Cast


def test_any_separator_any_width() -> None:
    text = "a@example.jp,B@Example.jp、c@example.jp\nｄ＠example.jp　e@example.jp\tf@example.jp；g@example.jp;"
    text += '"h@example.jp"\r\n'
    parsed = parse_emails(text)
    assert parsed.keys == [f"{letter}@example.jp" for letter in "abcdefgh"]
    assert (parsed.given, parsed.duplicate, parsed.invalid) == (8, 0, 0)


def test_counts_add_up() -> None:
    parsed = parse_emails("a@example.jp A@EXAMPLE.JP x x y a..b@docomo.ne.jp")
    assert parsed.keys == ["a@example.jp", "a..b@docomo.ne.jp"]
    assert (parsed.given, parsed.duplicate, parsed.invalid) == (6, 1, 3)


def test_report(sakura: Tenant) -> None:
    for key in ("a@example.jp", "a@example.jp", "b@example.jp", ""):
        Member.objects.create(email_key=key)
    values = make_list("a@example.jp,a@example.jp,z@example.jp,broken")
    found = report(values)
    assert (found.given, found.duplicate, found.invalid) == (4, 1, 1)
    assert (found.matched, found.not_found, found.members) == (1, 1, 2)
    assert list(not_found(values).values_list("value", flat=True)) == ["z@example.jp"]
    assert [entry.data for entry in AuditEntry.objects.all()] == [{"given": 4}]


def test_another_source_of_addresses(sakura: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Member.objects.create(email_key="a@example.jp")
    other = Member.objects.create(email_key="other@example.jp", name_key="b@example.jp")
    monkeypatch.setitem(value_lists.SOURCES, "email", list(value_lists.SOURCES["email"]))
    value_lists.register_source("email", value_lists.Source(Member.objects.all, "pk", "name_key"))
    values = make_list("a@example.jp b@example.jp c@example.jp")
    found = Member.objects.filter(value_lists.has_value("email", values.public_id))
    assert sorted(found.values_list("pk", flat=True)) == [own.pk, other.pk]
    assert not Member.objects.filter(~value_lists.has_value("email", values.public_id)).exists()
    assert (report(values).matched, report(values).members) == (2, 2)


def test_a_list_of_another_shop_finds_nobody(cast: Cast) -> None:
    with tenant_scope(cast.momiji):
        foreign = make_list("a@example.jp")
    with tenant_scope(cast.sakura):
        Member.objects.create(email_key="a@example.jp")
        assert not Member.objects.filter(value_lists.has_value("email", foreign.public_id)).exists()


@pytest.mark.parametrize("text", ["", " ,、 ", "山田 花子"])
def test_nothing_usable(sakura: Tenant, text: str) -> None:
    with pytest.raises(ValidationError, match="メールアドレスが見つかりません"):
        make_list(text)


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_values, "MOST", 2)
    assert len(parse_emails("a@b.jp a@b.jp b@b.jp").keys) == 2
    with pytest.raises(ValidationError, match="100万件以下に分けてください"):
        parse_emails("a@b.jp b@b.jp c@b.jp")


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16"):
        assert value_lists.decoded("氏名,a@example.jp".encode(encoding)) == "氏名,a@example.jp"
    with pytest.raises(ValidationError):
        value_lists.decoded(b"\x81\xff\xfd\x00")


def test_a_hundred_thousand_values_are_no_wait(sakura: Tenant) -> None:
    text = ",".join(f"User{number}@example.jp" for number in range(100_000))
    begun = time.perf_counter()
    values = make_list(text)
    assert values.usable == values.not_found == 100_000
    assert time.perf_counter() - begun < 5
