"""ご希望のお手続き: cancel, pause, skip, change the cycle or the next date, where the cart can."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy

from console.forms import Switch
from forms_builder.fields.single import SingleKind
from forms_builder.questions.base import NoSettings
from forms_builder.questions.question import Question
from members.models import Member
from rpa.fields.carts import find_cart
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.plan import can_serve

Kind = CancellationRequest.Kind
LANGUAGE = "ja"  # the customers', whatever the operator reads


class ActionSettings(NoSettings):
    """A switch for each: several values of one name would not come back from a move of the questions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.BooleanField(
                label=kind.label, required=False, widget=Switch
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.values()):
            self.add_error(
                Kind.CANCEL.value,
                gettext_lazy("お手続きが選ばれていません。1つ以上選んでください。"),
            )
        return cleaned

    def kept(self, before: Mapping[str, Any]) -> dict[str, Any]:
        return build_choices(self.cleaned_data)

    @classmethod
    def shown(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {each["id"]: "on" for each in settings.get("choices", [])}

    @classmethod
    def draft(cls, own: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        return build_choices(own)


def build_choices(ticked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choices that are kept, in the words of the customers."""
    with translation.override(LANGUAGE):
        return {
            "choices": [
                {"id": kind.value, "label": str(kind.label)}
                for kind in Kind
                if ticked.get(kind.value)
            ]
        }


class ActionKind(SingleKind):
    label = gettext_lazy("ご希望のお手続き")
    icon = "list-checks"
    once = True
    trusts_link = True
    settings_form = ActionSettings  # type: ignore[assignment]

    def build_member_inputs(
        self, question: Question, is_required: bool, member: Member | None
    ) -> dict[str, forms.Field]:
        """Leave out what the member's cart cannot do, as long as something is left."""
        cart = find_cart(member)
        choices = list(question.settings.get("choices", []))
        own = RpaSettings.load()
        doable = [
            each for each in choices if cart is None or can_serve(cart, each["id"], own)
        ]
        narrowed = replace(question, settings={"choices": doable or choices})
        return self.build_inputs(narrowed, is_required)
