"""Forms of the message pages, in the order of the screens."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect, Switch
from members.models import Segment, Tag
from members.tags.condition_fields import NewTagField, TagConditionFields
from members.tags.names import get_or_create_tag
from messaging.content.render import check_text, list_attachable_forms
from messaging.deliveries.holds import LinkTiming
from messaging.models import LineAccount, Scenario, Step
from messaging.scenarios.durations import describe_duration

UNITS = [("minutes", _("分後")), ("hours", _("時間後")), ("days", _("日後"))]
LONGEST_DELAY = timedelta(days=366)
ASKS_FOR = {"phone", "email"}


def split_delay(delay: timedelta) -> dict[str, Any]:
    """Return the number and the largest unit that gives it whole."""
    for unit in ("days", "hours"):
        if delay and not delay % timedelta(**{unit: 1}):
            return {"delay_number": delay // timedelta(**{unit: 1}), "delay_unit": unit}
    return {"delay_number": int(delay.total_seconds()) // 60, "delay_unit": "minutes"}


class StepFields(forms.Form):
    """配信時間, 本文 and the attached form: one message of a series."""

    delay_number = forms.IntegerField(
        label=_("配信時間"), min_value=0, initial=2, widget=forms.NumberInput(attrs={"data-width": "xs"}),
        help_text=_("タグが付いてから送るまでの時間です。0分後なら、すぐに送ります。"),
    )  # fmt: skip
    delay_unit = forms.ChoiceField(
        label=_("配信時間の単位"),
        choices=UNITS,
        initial="hours",
        widget=SegmentedSelect,
    )
    text = forms.CharField(
        label=_("本文"), strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "data-preview": "message-preview", "data-width": "full"}),
    )  # fmt: skip
    form_id = forms.ChoiceField(
        label=_("フォームを添える"), required=False,
        widget=forms.Select(attrs={"data-width": "l", "data-attached": ""}),
        help_text=_("本文の{form}の位置に、フォームのリンクが入ります。{form}がないときは、本文の下に入ります。"),
    )  # fmt: skip
    short_delay_confirmed = forms.BooleanField(
        label=_("この配信時間で保存する（確認済み）"), required=False
    )

    def __init__(
        self,
        *args: Any,
        timing: LinkTiming,
        depends_on_links: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.timing, self.depends_on_links = timing, depends_on_links
        self.attachables = {form.public_id: form for form in list_attachable_forms()}
        choice: Any = self.fields["form_id"]
        choice.choices = [
            ("", gettext("添えない")),
            *((f.public_id, f.label) for f in self.attachables.values()),
        ]
        self.asks_confirmation = bool(self.initial.get("short_delay_confirmed"))

    @property
    def frequency_words(self) -> str:
        return describe_duration(self.timing.frequency or timedelta())

    @property
    def double_words(self) -> str:
        return describe_duration(2 * (self.timing.frequency or timedelta()))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "text" in cleaned:
            self._check_text(cleaned)
        if cleaned.get("delay_number") is not None and "delay_unit" in cleaned:
            self._check_delay(cleaned)
        return cleaned

    def _check_text(self, cleaned: dict[str, Any]) -> None:
        cleaned["text"] = cleaned["text"].replace("\r\n", "\n").strip()
        if not cleaned["text"]:
            self.add_error(
                "text",
                gettext("本文が入力されていません。送る文章を入力してください。"),
            )
            return
        try:
            check_text(cleaned["text"], cleaned.get("form_id", ""))
        except ValidationError as errors:
            self.add_error("text", errors)

    def _check_delay(self, cleaned: dict[str, Any]) -> None:
        # A number of any size may be typed; timedelta takes only so much.
        number = min(cleaned["delay_number"], 10**7)
        cleaned["delay"] = delay = timedelta(**{cleaned["delay_unit"]: number})
        if delay > LONGEST_DELAY:
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
        delay, said = self.cleaned_data["delay"], []
        frequency = self.timing.frequency
        if frequency and self.waits_for_links() and frequency <= delay < 2 * frequency:
            message = gettext(
                "配信時間（%(delay)s）がカート連携頻度（%(frequency)s）の2倍より短いため、連携が1回遅れると、連携できる会員にも"
                "届くことがあります。おすすめは%(double)s以上です。"
            )
            said.append(message % self.numbers(delay))
        chosen = self.attachables.get(self.cleaned_data["form_id"])
        if chosen and self.waits_for_links() and not ASKS_FOR & set(chosen.kinds):
            message = gettext(
                "添えたフォーム「%(form)s」に、電話番号とメールアドレスのどちらの項目もありません。連携に使う項目をフォームに追加してください。"
            )
            said.append(message % {"form": chosen.label})
        return said


class StepForm(StepFields):
    """One more message of a series."""

    @staticmethod
    def initial_of(step: Step) -> dict[str, Any]:
        return {
            **split_delay(step.delay),
            "text": step.content.text,
            "form_id": step.content.form_id,
        }


class ScenarioForm(TagConditionFields, StepFields):
    """A step message with its first message. Without ``with_step`` only what belongs to the whole series."""

    field_order = (
        "name",
        "is_on",
        "account",
        "triggers",
        "new_trigger",
    )  # as on the page: errors are listed in this order

    name = forms.CharField(
        label=_("メッセージ管理名"),
        max_length=100,
        help_text=_("管理用の名前です。お客様には表示されません。"),
    )
    is_on = forms.BooleanField(
        label=_("ステータス"), required=False, widget=Switch,
        help_text=_("オンにしたあとに付いたタグだけが、配信のきっかけになります。"),
    )  # fmt: skip
    account = forms.ChoiceField(
        label=_("送信に使うLINEアカウント"),
        widget=forms.Select(attrs={"data-width": "l"}),
    )
    triggers = forms.MultipleChoiceField(
        label=_("トリガータグ"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "tag-choices"}),
        help_text=_("選んだタグのどれかが付いた会員に配信します。フォームの送信時に付与されるタグなどを選びます。"),
    )  # fmt: skip
    new_trigger = NewTagField(
        help_text=_("一覧にないトリガータグは、ここに名前を入力すると作成されます。")
    )
    wait_for_polls = forms.BooleanField(
        label=_("連携を2回確認してから配信する"), required=False, widget=Switch,
        help_text=_("回答のあと、カート連携が2回成功するまで配信を保留します。カートの停止中に、誤って送ることがなくなります。"),
    )  # fmt: skip
    again_on_answer = forms.BooleanField(
        label=_("再回答でも配信する"), required=False, widget=Switch,
        help_text=_("トリガータグが付いている会員がフォームにもう一度回答したときも、配信のきっかけにします。"),
    )  # fmt: skip

    segment = forms.ChoiceField(
        label=_("保存した条件"), required=False, widget=forms.Select(attrs={"data-width": "full"}),
        help_text=_("「配信の対象に使う」がオンの条件から選べます。配信時間になるたびに判定し、上のタグの条件と両方に当てはまる会員に送ります。"),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        with_step: bool = True,
        segments: Iterable[Segment] = (),
        **kwargs: Any,
    ) -> None:
        """Take the saved conditions to choose from in ``segments``."""
        super().__init__(*args, **kwargs)
        self.with_step = with_step
        self.segments = {segment.public_id: segment for segment in segments}
        conditions: Any = self.fields["segment"]
        conditions.choices = [
            ("", gettext("使わない")),
            *((key, row.named) for key, row in self.segments.items()),
        ]
        if not self.segments:
            del self.fields["segment"]
        accounts: Any = self.fields["account"]
        accounts.choices = list(
            LineAccount.objects.order_by("pk").values_list("public_id", "name")
        )
        chooser: Any = self.fields["triggers"]
        chooser.choices = [(key, tag.name) for key, tag in self.tags_by_key.items()]
        if not with_step:
            for name in StepFields.base_fields:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (
            not cleaned.get("triggers")
            and not cleaned.get("new_trigger")
            and "new_trigger" not in self.errors
        ):
            message = gettext(
                "トリガータグが選ばれていません。1つ以上選ぶか、新しいタグの名前を入力してください。"
            )
            if "triggers" not in self.errors:
                self.add_error("triggers", message)
        return cleaned

    def waits_for_links(self) -> bool:
        """Return whether the message goes to those who are *not* linked, or waits for the polls anyway."""
        without = self.cleaned_data.get("without_tags") or self.cleaned_data.get(
            "new_without_tag"
        )
        return bool(without or self.cleaned_data.get("wait_for_polls"))

    def trigger_tags(self) -> list[Tag]:
        tags = [self.tags_by_key[key] for key in self.cleaned_data["triggers"]]
        new = self.cleaned_data["new_trigger"]
        return list(dict.fromkeys([*tags, get_or_create_tag(new)])) if new else tags

    def fill(self, scenario: Scenario) -> Scenario:
        """Fill the scenario with what was chosen, except its switch, which has verbs of its own."""
        scenario.account = LineAccount.objects.get(
            public_id=self.cleaned_data["account"]
        )
        scenario.condition = self.tag_condition()
        scenario.segment = self.segments.get(self.cleaned_data.get("segment", ""))
        for name in ("name", "wait_for_polls", "again_on_answer"):
            setattr(scenario, name, self.cleaned_data[name])
        if self.with_step:
            scenario.short_delay_confirmed = self.cleaned_data["short_delay_confirmed"]
        return scenario

    @classmethod
    def initial_of(cls, scenario: Scenario) -> dict[str, Any]:
        values = {
            name: getattr(scenario, name)
            for name in ("name", "is_on", "wait_for_polls", "again_on_answer")
        }
        first = scenario.steps.in_order().select_related("content").first()
        return {
            **values, **cls.tag_initial(scenario.condition),
            "account": scenario.account.public_id,
            "segment": scenario.segment.public_id if scenario.segment else "",
            "triggers": [tag.public_id for tag in scenario.trigger_tags],
            "short_delay_confirmed": scenario.short_delay_confirmed,
            **(StepForm.initial_of(first) if first else {}),
        }  # fmt: skip
