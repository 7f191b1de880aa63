"""Fields of conditions about the forms that a member answered. Test answers do not count."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from forms_builder.models import Form, Submission
from members.conditions.kinds.choices import Choices, ChoicesWithin
from members.conditions.kinds.days import get_day_start, resolve_day
from members.conditions.registry import Field, Way


def list_form_choices() -> Iterable[tuple[str, str]]:
    return Form.objects.order_by("name", "pk").values_list("public_id", "name")


def compile_form(op: str, value: Any) -> Q:
    recent = isinstance(value, dict)
    answers = Submission.objects.filter(
        member_id=OuterRef("pk"),
        is_test=False,
        form__public_id__in=value["of"] if recent else value,
    )
    if recent:
        answers = answers.filter(
            received_at__gte=get_day_start(resolve_day({"days": -value["days"]}))
        )
    found = Q(Exists(answers))
    return found if op == "in" else ~found


EVER, RECENTLY = Choices(list_form_choices), ChoicesWithin(list_form_choices)
ANSWERED = Field(
    "form", _("フォーム"), _("フォーム"),
    (
        Way("in", _("いずれかに回答した"), EVER, _("%(value)sに回答した")),
        Way("not_in", _("どれにも回答していない"), EVER, _("%(value)sに回答していない")),
        Way("in", _("過去◯日以内に回答した"), RECENTLY, _("%(value)sに回答した")),
        Way("not_in", _("過去◯日以内に回答していない"), RECENTLY, _("%(value)sに回答していない")),
    ),
    compile_form,
)  # fmt: skip
