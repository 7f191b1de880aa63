"""What goes with a wish: the date of the next delivery, the days between deliveries, and the reason."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.fields.date import DateKind
from forms_builder.fields.single import SingleKind
from forms_builder.questions.base import Value
from forms_builder.questions.choices import ChoiceSettings
from forms_builder.questions.question import Question
from members.normalize.text import normalize_text

DAYS = re.compile(r"\D*(\d{1,3})\u65e5\D*")
LONGEST_CYCLE = 365


class WishedDateKind(DateKind):
    label = gettext_lazy("ご希望の次回お届け日")
    once = True

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        values = super().clean(question, typed)
        if values and values[0].date and values[0].date <= timezone.localdate():
            raise ValidationError(
                _("今日までの日付です。明日からの日付を入れてください。")
            )
        return values


class CycleSettings(ChoiceSettings):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choices"].help_text = gettext_lazy(
            "1行に1つ、「30日ごと」のように日数を入れて入力します（50個まで）。"
        )

    def clean_choices(self) -> list[str]:
        lines = super().clean_choices()
        if unread := [line for line in lines if not parse_cycle(line)]:
            raise ValidationError(
                _(
                    "「%(line)s」に日数がありません。「30日ごと」のように、365日までの日数を入れてください。"
                )
                % {"line": unread[0]}
            )
        return lines


def parse_cycle(text: str) -> int | None:
    """Return the days of 「30日ごと」; None where there are none, or too many."""
    found = DAYS.fullmatch(normalize_text(text))
    days = int(found[1]) if found else 0
    return days if 1 <= days <= LONGEST_CYCLE else None


class CycleKind(SingleKind):
    label = gettext_lazy("ご希望のお届け周期")
    icon = "repeat"
    once = True
    settings_form = CycleSettings


class PauseKind(CycleKind):
    """For how long a 休止 by date lasts; without it the shop's usual days."""

    label = gettext_lazy("お休みの期間")
    icon = "calendar-clock"


class ReasonKind(SingleKind):
    """A reason of its own kind, so that reasons can be counted."""

    label = gettext_lazy("お手続きの理由")
    icon = "message-circle-question-mark"
    once = True
