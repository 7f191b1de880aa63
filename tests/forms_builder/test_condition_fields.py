import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.models import Field as FormField
from forms_builder.models import Form
from forms_builder.questions.base import Value
from members.conditions.kinds.base import DanglingCondition
from members.conditions.search import save_search_text
from members.conditions.sentences import build_condition_chips
from members.conditions.sql import filter_members
from members.models import Member
from messaging.models import LineAccount
from tenants.models import Tenant
from tests.forms_builder.conftest import make_submission


def names(op: str, value: Any) -> str:
    found = filter_members(
        Member.objects.all(), {"field": "form", "op": op, "value": value}
    )
    return "".join(sorted(found.values_list("name", flat=True)))


def test_who_answered_which_form_and_when(sakura: Tenant) -> None:
    account = LineAccount.objects.create(
        name="本店",
        channel_id="1",
        channel_secret="x",
        login_channel_id="2",
        liff_id="2-x",
    )
    form, other = (
        Form.objects.create(name=name, title=name, account=account)
        for name in ("本人確認", "調査")
    )
    for name, which, ago, test in (
        ("a", form, 10, False),
        ("b", form, 1, False),
        ("c", other, 1, False),
        ("d", form, 1, True),
    ):
        make_submission(
            which,
            Member.objects.create(name=name),
            is_test=test,
            received_at=timezone.now() - dt.timedelta(days=ago),
        )
    assert (names("in", [form.public_id]), names("not_in", [form.public_id])) == (
        "ab",
        "cd",
    )
    recent = {"of": [form.public_id], "days": 7}
    assert (names("in", recent), names("not_in", recent)) == ("b", "acd")
    assert names("in", [form.public_id, other.public_id]) == "abc"
    assert (
        build_condition_chips({"field": "form", "op": "in", "value": recent})[0].value
        == "過去7日以内に本人確認に回答した"
    )


def test_the_newest_answer_to_a_question(form: Form) -> None:
    """A test, a kept value and an answer given up since do not count."""
    choices = {"choices": [{"id": "a", "label": "朝"}, {"id": "b", "label": "夜"}]}
    asked = FormField.objects.create(
        form=form, position=9, kind="single", label="時間帯", settings=choices
    )
    count = FormField.objects.create(form=form, position=10, kind="number", label="数")
    a, b, _c, d = (Member.objects.create(name=name) for name in "abcd")

    def say(member: Member, choice: str, ago: int, **more: Any) -> None:
        at = timezone.now() - dt.timedelta(days=ago)
        said = [Value(choice, choice=choice)], [Value("3", number=3.0)]
        submission = make_submission(form, member, received_at=at, **more)
        pairs = zip((asked.as_question(), count.as_question()), said, strict=True)
        store_answers(submission, [Answered(*pair) for pair in pairs])

    say(a, "a", 3)
    say(a, "b", 1)
    say(b, "a", 2)
    say(d, "a", 1, is_test=True)

    def named(op: str, value: Any, field: FormField = asked) -> str:
        leaf = {"field": f"answer:{field.public_id}", "op": op, "value": value}
        found = filter_members(Member.objects.all(), leaf)
        return "".join(sorted(found.values_list("name", flat=True)))

    assert (named("in", ["a"]), named("in", ["b"]), named("in", ["a", "b"])) == (
        "b",
        "a",
        "ab",
    )
    assert named("not_in", ["a"]) == "acd"
    assert (named("filled", True), named("empty", True)) == ("ab", "cd")
    assert (named("at_least", 3, count), named("at_least", 4, count)) == ("ab", "")
    chip = {"field": f"answer:{asked.public_id}", "op": "in", "value": ["a"]}
    assert build_condition_chips(chip)[0].value == "朝"


def test_an_answer_in_words_is_found_in_any_width(form: Form) -> None:
    asked = form.fields.get(kind="text")
    make_submission(form, Member.objects.create(name="a"), {"text": "ＡＢＣ　ショップ"})
    key = save_search_text("abc ショップ")
    leaf = {"field": f"answer:{asked.public_id}", "op": "equals", "value": key}
    assert filter_members(Member.objects.all(), leaf).count() == 1


def test_a_question_that_is_gone_finds_nobody(form: Form) -> None:
    name = f"answer:{form.fields.get(kind='text').public_id}"
    form.fields.filter(kind="text").delete()
    with pytest.raises(DanglingCondition):
        filter_members(
            Member.objects.all(), {"field": name, "op": "filled", "value": True}
        )
