import datetime as dt
from typing import Any

from django.utils import timezone

from forms_builder.models import Form, Submission
from members.conditions.sentences import build_condition_chips
from members.conditions.tree import filter_members
from members.models import Member
from messaging.models import LineAccount
from tenants.models import Tenant


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
    for number, (name, which, ago, test) in enumerate(
        (
            ("a", form, 10, False),
            ("b", form, 1, False),
            ("c", other, 1, False),
            ("d", form, 1, True),
        )
    ):
        Submission.objects.create(
            form=which, member=Member.objects.create(name=name), ticket=str(number), answers={}, is_test=test,
            received_at=timezone.now() - dt.timedelta(days=ago),
        )  # fmt: skip
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
