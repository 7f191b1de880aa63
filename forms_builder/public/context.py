"""What the pages of a form need: to log in through LINE, and the form itself, empty or with what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from forms_builder.fields.hidden import read_link_values
from forms_builder.models import Form, FormVersion, PrivacyNotice
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.personal.signed_values import PARAM, read_signed_values
from members.models import Member
from messaging.channels.line.links import build_liff_url

# Nobody reads and answers faster; liff.js waits for it, so only what is no browser meets it.
FASTEST_SECONDS = 1.5
LONGEST_QUERY = 4_000


def build_entrance_context(form: Form, test: str = "") -> dict[str, Any]:
    """Return what the page needs to log in through LIFF."""
    query = f"?test={test}" if test else ""
    return {
        "form": form,
        "liff_id": form.account.liff_id,
        "liff_url": build_liff_url(form.account, f"{form.public_id}/{query}"),
        "test": test,
    }


def has_answered_once(form: Form, member: Member | None) -> bool:
    """Return whether the form takes one answer a person and has this one's."""
    return bool(
        form.once_per_person
        and member
        and form.submissions.filter(member=member, is_test=False).exists()
    )


@dataclass(frozen=True)
class LinkValues:
    """What a link carries, by name: ``signed`` by the shop, and what else anybody may have put there."""

    signed: Mapping[str, str]
    shown: Mapping[str, str]


def read_link(query: str, version: FormVersion) -> LinkValues:
    """Return what the link carries for the questions that name it."""
    given = QueryDict(query[:LONGEST_QUERY].lstrip("?"))
    names = {
        str(each.settings["param"])
        for each in version.questions
        if "param" in each.settings
    }
    found = read_signed_values(version.form, given.get(PARAM, ""))
    signed = read_link_values(found, names)
    return LinkValues(signed, read_link_values(given, names) | signed)


def build_form_context(
    version: FormVersion,
    member: Member | None,
    ticket: str,
    answers: AnswerForm,
    is_test: bool = False,
) -> dict[str, Any]:
    """Return the context of the form itself, empty or with what was typed."""
    form = version.form
    return {
        "form": form,
        "version": version,
        "answers": answers,
        "ticket": ticket,
        "is_test": is_test,
        "fastest": FASTEST_SECONDS,
        "privacy": PrivacyNotice.load(),
        "befriend": bool(
            member
            and member.line_state != Member.LineState.FRIEND
            and form.account.basic_id
        ),
    }
