"""お手続きする商品: the subscriptions of whom LINE named, else the products that the shop typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, Value
from forms_builder.questions.choices import ChoiceSettings
from forms_builder.questions.question import Question
from members.models import Member
from rpa.fields.subscriptions import Chosen, find_chosen, list_living

PART_OF_LIST, UNLISTED = "p:", "other"
MANY = 8


class ProductSettings(ChoiceSettings):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choices"].label = gettext_lazy("商品名")
        self.fields["choices"].help_text = gettext_lazy(
            "1行に1つ、カートの商品名のとおりに入力します（50個まで）。"
            "LINEで確かめた、カートと連携済みの会員には、これではなく、その会員の続いている定期が出ます。"
        )


class ProductKind(FieldKind):
    label = gettext_lazy("お手続きする商品")
    icon = "package"
    once = True
    grouped = True
    trusts_link = True  # what can be cancelled, and nothing else
    settings_form = ProductSettings

    def build_member_inputs(
        self, question: Question, is_required: bool, member: Member | None
    ) -> dict[str, forms.Field]:
        living = list_living(member) if member else []
        if not living:
            return self.build_inputs(question, is_required)
        options = [(each.key, each.label) for each in living]
        options.append((UNLISTED, _("この中にない")))
        return {"": self.build_choice(question, is_required, options)}

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        options = [
            (f"{PART_OF_LIST}{each.id}", each.label) for each in question.choices
        ]
        options.append((UNLISTED, _("この中にない")))
        return {"": self.build_choice(question, is_required, options)}

    def build_choice(
        self, question: Question, is_required: bool, options: Sequence[tuple[str, str]]
    ) -> forms.ChoiceField:
        many = len(options) > MANY
        blank = [("", _("選択してください"))] if many else []
        if not is_required and not many:
            blank = [("", _("選択しない"))]
        gone = _("選んだ商品がこの質問にありません。選び直してください。")
        missing = question.error or _("%(label)sが選ばれていません。選んでください。")
        return forms.ChoiceField(
            label=question.label,
            required=is_required,
            help_text=question.help_text,
            choices=[*blank, *options],
            widget=forms.Select() if many else forms.RadioSelect(),
            error_messages={
                "required": missing % {"label": question.label}
                if not question.error
                else missing,
                "invalid_choice": gone,
            },
        )

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        key = str(typed[""])
        if key == UNLISTED:
            return [Value(_("この中にない"), choice=UNLISTED)]
        if chosen := find_chosen(key):
            return [Value(chosen.label, choice=key)]
        return [
            Value(each.label, choice=key)
            for each in question.choices
            if f"{PART_OF_LIST}{each.id}" == key
        ]


def read_product(values: Sequence[Value]) -> tuple[Chosen | None, str, bool]:
    """Return the subscription that was chosen, the product's name, and whether neither is in the list."""
    value = values[0]
    chosen = find_chosen(value.choice)
    product = chosen.product if chosen else value.text
    is_unlisted = value.choice == UNLISTED or (
        chosen is None and not value.choice.startswith(PART_OF_LIST)
    )
    return chosen, "" if is_unlisted else product, is_unlisted
