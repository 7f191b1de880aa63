"""The form of a step message as a whole, in the order of the screen."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Need, SegmentedSelect, Switch, mark_needs
from members.models import Segment, Tag
from members.screens.builder.form import Builder
from members.tags.condition_fields import NewTagField, TagConditionFields
from members.tags.names import get_or_create_tag
from messaging.models import LineAccount, Scenario
from messaging.screens.condition_rows import join_conditions, read_condition
from messaging.screens.scenarios.forms_control import ControlFields
from messaging.screens.scenarios.forms_steps import StepFields, StepForm


class ScenarioForm(TagConditionFields, ControlFields, StepFields):
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
        label=_("ステータス"),
        required=False,
        widget=Switch,
        help_text=_("オンにしたあとに付いたタグだけが、配信のきっかけになります。"),
    )
    account = forms.ChoiceField(
        label=_("送信に使うLINEアカウント"),
        required=False,
        widget=forms.Select(attrs={"data-width": "l"}),
    )
    is_ad = forms.TypedChoiceField(
        label=_("種別"),
        choices=[("1", _("広告")), ("0", _("手続き"))],
        coerce=lambda value: value == "1",
        initial="1",
        required=False,
        empty_value="",
        widget=SegmentedSelect,
        help_text=_(
            "手続きは、注文や申込みの確認、再入力のお願いなど、会員がしたことへの連絡です。おすすめや感想のお願いは広告です。"
        ),
    )
    triggers = forms.MultipleChoiceField(
        label=_("トリガータグ"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "tag-choices"}),
        help_text=_(
            "選んだタグのどれかが付いた会員に配信します。フォームの送信時に付与されるタグなどを選びます。"
        ),
    )
    new_trigger = NewTagField(
        help_text=_("一覧にないトリガータグは、ここに名前を入力すると作成されます。")
    )
    without_tag = forms.BooleanField(
        label=_("タグ以外をきっかけにする"),
        required=False,
        help_text=_(
            "友だち追加、フォームの回答、注文、誕生日などから、保存したあとに選びます。"
        ),
    )
    wait_for_polls = forms.BooleanField(
        label=_("連携を2回確認してから配信する"),
        required=False,
        widget=Switch,
        help_text=_(
            "回答のあと、カート連携が2回成功するまで配信を保留します。カートの停止中に、誤って送ることがなくなります。"
        ),
    )
    again_on_answer = forms.BooleanField(
        label=_("再回答でも配信する"),
        required=False,
        widget=Switch,
        help_text=_(
            "トリガータグが付いている会員がフォームにもう一度回答したときも、配信のきっかけにします。"
        ),
    )

    segment = forms.ChoiceField(
        label=_("保存した条件"),
        required=False,
        widget=forms.Select(attrs={"data-width": "full"}),
        help_text=_(
            "「配信の対象に使う」がオンの条件から選べます。配信時間になるたびに判定し、上のタグの条件と両方に当てはまる会員に送ります。"
        ),
    )

    def __init__(
        self,
        *args: Any,
        builder: Builder,
        with_step: bool = True,
        segments: Iterable[Segment] = (),
        **kwargs: Any,
    ) -> None:
        """Take the saved conditions to choose from in ``segments``, and the rows of what else must hold."""
        super().__init__(*args, **kwargs)
        self.with_step, self.builder = with_step, builder
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
        if not accounts.choices:
            del self.fields["account"]
        mark_needs(self, account=Need.REQUIRED)
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
            and not cleaned.get("without_tag")
        ):
            message = gettext(
                "トリガータグが選ばれていません。1つ以上選ぶか、新しいタグの名前を入力するか、「タグ以外をきっかけにする」を選んでください。"
            )
            if "triggers" not in self.errors:
                self.add_error("triggers", message)
        if not self.errors:
            try:
                cleaned["more"] = read_condition(self.builder)
            except ValidationError as fault:
                self.add_error(None, fault)
        return cleaned

    @property
    def shows_more(self) -> bool:
        """Whether the rows of other conditions are open: something is chosen in them, or is to be mended."""
        return any(node.field or node.error or node.focus for node in self.builder.root)

    def is_advertising(self, cleaned: Mapping[str, Any]) -> bool:
        return cleaned.get("is_ad") is not False

    def find_offered(self, cleaned: Mapping[str, Any]) -> Collection[str]:
        """Return the fields of its triggers; of all where they are chosen only after saving."""
        return self.event_fields if cleaned.get("without_tag") else ()

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
        accounts = LineAccount.objects.order_by("pk")
        chosen = self.cleaned_data.get("account")
        scenario.account = (
            accounts.get(public_id=chosen) if chosen else accounts.first()
        )
        scenario.condition = join_conditions(
            self.tag_condition(), self.cleaned_data["more"]
        )
        scenario.segment = self.segments.get(self.cleaned_data.get("segment", ""))
        for name in ("name", "wait_for_polls", "again_on_answer"):
            setattr(scenario, name, self.cleaned_data[name])
        scenario.is_ad = self.cleaned_data["is_ad"] is not False
        self.fill_control(scenario)
        if self.with_step:
            scenario.short_delay_confirmed = self.cleaned_data["short_delay_confirmed"]
        return scenario

    @classmethod
    def initial_of(cls, scenario: Scenario) -> dict[str, Any]:
        values = {
            name: getattr(scenario, name)
            for name in ("name", "is_on", "wait_for_polls", "again_on_answer")
        }
        rows = scenario.steps.in_order().select_related("content", "mail_content")
        first = rows.first()
        return {
            **values,
            **cls.tag_initial(scenario.condition),
            **cls.control_initial(scenario),
            "without_tag": bool(scenario.starts) and not scenario.trigger_tags,
            "account": scenario.account.public_id if scenario.account else "",
            "is_ad": "1" if scenario.is_ad else "0",
            "segment": scenario.segment.public_id if scenario.segment else "",
            "triggers": [tag.public_id for tag in scenario.trigger_tags],
            "short_delay_confirmed": scenario.short_delay_confirmed,
            **(StepForm.initial_of(first) if first else {}),
        }
