"""What a customer fills in: the questions of a version as inputs, and what is wrong with what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from forms_builder.answers.read import Answered
from forms_builder.models import FormVersion
from forms_builder.questions.base import Value
from forms_builder.questions.question import Question
from members.attributes.definitions import get_archived_keys
from members.conditions.evaluate import evaluate_condition
from members.models import IdentityRecord, Member
from members.normalize.emails import suggest_email
from members.normalize.phones import format_national_phone, normalize_phone


def was_not_found_before(member: Member | None) -> bool:
    """Return whether the cart did not know what was answered last.

    Then a new value is probably why the form was opened again.
    """
    if not member:
        return False
    newest = member.identity_records.order_by("-received_at", "-pk").first()
    return bool(newest and newest.outcome == IdentityRecord.Outcome.NOT_FOUND)


def apply_suggestion(data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the data with the suggested address in it, when its button was pressed."""
    if data is None or "email_fix" not in data:
        return data
    suggestion = suggest_email(str(data.get("email", "")))
    if not suggestion:
        return data
    changed = data.copy() if isinstance(data, QueryDict) else dict(data)
    changed["email"] = suggestion
    if "email_again" in changed:
        changed["email_again"] = suggestion
    return changed


@dataclass(frozen=True)
class Asked:
    """A question for the template. ``known``: the masked value; ``opened``: it is unfolded all the same."""

    question: Question
    inputs: Sequence[forms.BoundField]
    known: str
    opened: bool
    required: bool
    applies: bool

    @property
    def first(self) -> forms.BoundField:
        return self.inputs[0]

    @property
    def grouped(self) -> bool:
        return len(self.inputs) > 1 or self.question.type.grouped

    @property
    def awaited(self) -> tuple[str, str]:
        """The question by whose answer this one is shown, and the choices that show it, as the page's script reads."""
        question, choices = self.question.awaited
        return question, " ".join(choices)


class AnswerForm(forms.Form):
    """Built from the questions of a version. ``suggestion`` is set once when an address looks mistyped.

    ``offers``: whether what the shop knows of the member is offered masked, and need not be typed again; a personal
    link is enough for some kinds of questions alone (``trusts_link``). ``signed``: the リンクの値 that the shop had
    signed; they stand, whatever came with the answer.
    """

    # People never see this field; a program that fills every field does.
    website = forms.CharField(required=False, max_length=1000)

    def __init__(
        self,
        version: FormVersion,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        link: Mapping[str, str] | None = None,
        offers: bool = True,
        signed: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(apply_suggestion(data))
        self.version = version
        # What the shop archived is not collected.
        archived = get_archived_keys()
        self.questions = [
            each for each in version.questions if each.type.item not in archived
        ]
        self.member, self.holder = member if offers else None, member
        self.known = {
            each.id: each.type.show_known(self.member) if self.member else ""
            for each in self.questions
        }
        self.suggestion = ""
        self.signed = signed or {}
        self.found: dict[str, list[Value]] = {}
        self.parts: dict[str, dict[str, str]] = {}
        for question in self.questions:
            self.add_inputs(question, link or {})

    def add_inputs(self, question: Question, link: Mapping[str, str]) -> None:
        is_required = question.is_required and not self.known[question.id]
        who = self.holder if question.type.trusts_link else self.member
        inputs = question.type.build_member_inputs(question, is_required, who)
        names = {
            part: f"{question.input_name}_{part}" if part else question.input_name
            for part in inputs
        }
        self.parts[question.id] = names
        for part, field in inputs.items():
            self.fields[names[part]] = field
        if param := question.settings.get("param"):
            self.initial[names[""]] = link.get(str(param), "")

    @cached_property
    def unfold(self) -> bool:
        return was_not_found_before(self.member)

    @cached_property
    def applying(self) -> set[str]:
        """Return the ids of the questions that apply to what was chosen; the others are ignored."""
        chosen: dict[str, list[str]] = {}
        for question in self.questions:
            name, field = question.input_name, self.fields[question.input_name]
            typed = field.widget.value_from_datadict(self.data, self.files, name)
            several = typed if isinstance(typed, list) else [typed]
            chosen[question.id] = [str(each) for each in several if each]
        return {
            each.id
            for each in self.questions
            if evaluate_condition(each.shown_when, chosen)
        }

    def asked(self) -> list[Asked]:
        """Return the questions for the template, in order."""
        found = []
        for question in self.questions:
            inputs = [self[name] for name in self.parts[question.id].values()]
            typed = any(
                bool(each.value()) or bool(self.is_bound and each.errors)
                for each in inputs
            )
            wrong = self.unfold and question.kind in ("phone", "email")
            found.append(
                Asked(
                    question,
                    inputs,
                    known=self.known[question.id],
                    opened=typed or wrong,
                    required=question.is_required,
                    applies=not self.is_bound or question.id in self.applying,
                )
            )
        return found

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(
                _(
                    "自動入力が余分な欄を埋めたため、送信できませんでした。内容を確かめて、もう一度送信してください。"
                )
            )
        return ""

    def clean(self) -> dict[str, Any]:
        """Clean each question as a whole, once its inputs are fine; one that does not apply is never wrong."""
        for question in self.questions:
            if question.id not in self.applying:
                for name in self.parts[question.id].values():
                    self.errors.pop(name, None)
        for question in self.questions:
            names = self.parts[question.id]
            if question.id in self.applying and not self.errors.keys() & set(
                names.values()
            ):
                self.clean_question(question, names)
        return self.cleaned_data

    def clean_question(self, question: Question, names: Mapping[str, str]) -> None:
        typed = {part: self.cleaned_data[name] for part, name in names.items()}
        if value := self.signed.get(str(question.settings.get("param", ""))):
            self.found[question.id] = [Value(value, is_signed=True)]
            return
        try:
            self.found[question.id] = question.type.clean(question, typed)
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                self.add_error(names[""], error)
                return
            for part, problems in error.error_dict.items():
                self.add_error(names[part], problems)
        else:
            if question.kind == "email" and self.found[question.id]:
                self.check_address(self.found[question.id][0].text)

    def check_address(self, address: str) -> None:
        """Ask once about an address that looks mistyped; it is taken when it is sent again as it is."""
        suggestion = suggest_email(address)
        if suggestion and self.data.get("email_seen") != address:
            self.suggestion = suggestion

    @property
    def email_seen(self) -> str:
        """The address that was asked about, so that it is asked about once."""
        return str(
            self.cleaned_data["email"]
            if self.suggestion
            else self.data.get("email_seen", "")
        )

    @property
    def suggested_domain(self) -> str:
        return self.suggestion.rpartition("@")[2]

    @cached_property
    def phone_read_as(self) -> str:
        """Return the number as we understand what was typed, to be checked by the customer."""
        typed = str(self.data.get("phone", ""))[:200]
        return format_national_phone(normalize_phone(typed)) if typed else ""

    def list_answered(self) -> list[Answered]:
        """Return the questions that apply with their answers, in the form's order, once it is valid."""
        return [
            Answered(
                each,
                values := self.found.get(each.id, []),
                kept=not values and bool(self.known[each.id]),
            )
            for each in self.questions
            if each.id in self.applying
        ]
