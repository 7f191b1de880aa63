"""What the pages of a form need: to log in through LINE, and the form itself, empty or with what was typed."""

from typing import Any

from django.http import QueryDict

from forms_builder.fields.hidden import read_link_values
from forms_builder.models import Form, FormVersion, PrivacyNotice
from forms_builder.public.answer_form import AnswerForm
from members.models import Member
from messaging.channels.line.links import build_liff_url

# Nobody reads and answers faster; liff.js waits for it, so only what is no browser meets it.
FASTEST_SECONDS = 1.5


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


def read_link(query: str, version: FormVersion) -> dict[str, str]:
    """Return what the link carries for the questions that name it."""
    given = QueryDict(query[:2_000].lstrip("?"))
    named = {each.settings.get("param") for each in version.questions} - {None}
    return read_link_values(given, {str(name) for name in named})


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
