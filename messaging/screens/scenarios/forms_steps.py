"""The form of one message of a series: when it goes out, and what it says."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect, Switch
from messaging.content.events import EventField
from messaging.deliveries.holds import LinkTiming
from messaging.links.addresses import list_urls
from messaging.models import Scenario, Step
from messaging.scenarios.advice.drafts import (
    StepDraft,
    find_delay_advice,
    find_form_advice,
    find_night_advice,
)
from messaging.scenarios.durations import describe_duration
from messaging.screens.content.fields import ContentFields
from messaging.screens.content.written import read_typed_fields

UNITS = [
    ("minutes", _("分後")),
    ("hours", _("時間後")),
    ("days", _("日後")),
    ("months", _("か月後")),
]
MOST_MONTHS = 12
LONGEST_DELAY = timedelta(days=366)


def split_delay(delay: timedelta, months: int = 0) -> dict[str, Any]:
    """Return the number and the largest unit that gives it whole."""
    if months:
        return {"delay_number": months, "delay_unit": "months"}
    for unit in ("days", "hours"):
        if delay and not delay % timedelta(**{unit: 1}):
            return {"delay_number": delay // timedelta(**{unit: 1}), "delay_unit": unit}
    return {"delay_number": int(delay.total_seconds()) // 60, "delay_unit": "minutes"}


def convert_delay(number: int, unit: str) -> tuple[int, timedelta]:
    """Return (months, delay) of a number and its unit: the other way round than ``split_delay``."""
    if unit == "months":
        return number, timedelta()
    return 0, timedelta(**{unit: number})


class StepFields(ContentFields):
    """配信時間, 本文 and the attached form: one message of a series."""

    delay_number = forms.IntegerField(
        label=_("配信時間"),
        min_value=0,
        initial=2,
        widget=forms.NumberInput(attrs={"data-width": "xs"}),
        help_text=_("きっかけから送るまでの時間です。0分後なら、すぐに送ります。"),
    )
    delay_unit = forms.ChoiceField(
        label=_("配信時間の単位"),
        choices=UNITS,
        initial="hours",
        widget=SegmentedSelect,
    )
    at_time = forms.TimeField(
        label=_("時刻"),
        required=False,
        widget=forms.TimeInput(
            attrs={"type": "time", "data-width": "s"}, format="%H:%M"
        ),
        help_text=_(
            "決めると、その日のこの時刻に送ります。きっかけの当日に過ぎていれば、翌日です。空欄なら、時間がたったときに送ります。"
        ),
    )
    counts_links = forms.BooleanField(
        label=_("リンクのタップを数える"),
        required=False,
        initial=True,
        widget=Switch,
        help_text=_("本文とボタンのURLを、会員ごとのURLに置き換えて送ります。"),
    )
    short_delay_confirmed = forms.BooleanField(
        label=_("この配信時間で保存する（確認済み）"), required=False
    )

    def __init__(
        self,
        *args: Any,
        timing: LinkTiming,
        depends_on_links: bool = False,
        event_fields: Mapping[str, EventField] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.event_fields = event_fields or {}
        self.timing, self.depends_on_links = timing, depends_on_links
        self.asks_confirmation = bool(self.initial.get("short_delay_confirmed"))

    @property
    def frequency_words(self) -> str:
        return describe_duration(self.timing.frequency or timedelta())

    @property
    def double_words(self) -> str:
        return describe_duration(2 * (self.timing.frequency or timedelta()))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "text" in self.fields:
            self.check_content(cleaned)
        if cleaned.get("delay_number") is not None and "delay_unit" in cleaned:
            self._check_delay(cleaned)
        return cleaned

    def _check_delay(self, cleaned: dict[str, Any]) -> None:
        # A number of any size may be typed; timedelta takes only so much.
        number = min(cleaned["delay_number"], 10**7)
        cleaned["months"], cleaned["delay"] = convert_delay(
            number, cleaned["delay_unit"]
        )
        delay = cleaned["delay"] + timedelta(days=28 * min(cleaned["months"], 1000))
        if delay > LONGEST_DELAY or cleaned["months"] > MOST_MONTHS:
            self.add_error(
                "delay_number",
                gettext("配信時間が長すぎます。366日以内にしてください。"),
            )
        elif self.too_short(delay) and not cleaned.get("short_delay_confirmed"):
            self.asks_confirmation = True
            message = gettext(
                "カート連携頻度（%(frequency)s）より短い時間（%(delay)s）です。連携を確かめる前に送るため、連携できる会員にも"
                "届きます。おすすめは%(double)s以上です。このまま保存するには「この配信時間で保存する」を選んでください。"
            )
            self.add_error("short_delay_confirmed", message % self.numbers(delay))

    @property
    def when(self) -> dict[str, Any]:
        """What save_step takes as the time of the message."""
        values = self.cleaned_data
        return {name: values[name] for name in ("delay", "months", "at_time")}

    def waits_for_links(self) -> bool:
        """Return whether it matters to this message that the carts were polled before it goes out."""
        return self.depends_on_links

    def too_short(self, delay: timedelta) -> bool:
        frequency = self.timing.frequency
        return bool(frequency and self.waits_for_links() and delay < frequency)

    def numbers(self, delay: timedelta) -> dict[str, str]:
        return {
            "frequency": self.frequency_words,
            "delay": describe_duration(delay),
            "double": self.double_words,
        }

    def warnings(self) -> list[str]:
        """Return warnings to show after saving, about what may be meant as it is."""
        step = Step(**self.when)
        chosen = self.attachables.get(self.cleaned_data["form_id"])
        draft = StepDraft(Scenario(), step, self.timing, chosen, self.waits_for_links())
        return [
            *(find_night_advice(draft) if step.at_time else ()),
            # A shorter delay was confirmed.
            *(() if self.too_short(draft.delay) else find_delay_advice(draft)),
            *find_form_advice(draft),
        ]


class StepForm(StepFields):
    """One more message of a series; ``of_ad``: the series is 広告."""

    of_ad = False

    def is_advertising(self, cleaned: Mapping[str, Any]) -> bool:
        return self.of_ad

    @staticmethod
    def initial_of(step: Step) -> dict[str, Any]:
        return {
            **split_delay(step.delay, step.months),
            "at_time": step.at_time,
            **read_typed_fields(step),
            "counts_links": has_counted_links(step),
        }


def has_counted_links(step: Step) -> bool:
    """Return whether its links are counted; where there is none yet, nobody has decided against it."""
    return any(each.counts_links for each in step.contents) or not any(
        list_urls(each) for each in step.contents
    )
