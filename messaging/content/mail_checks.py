"""What is wrong with a mail that somebody wrote: each cause with its remedy, by the field that it stands in."""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from messaging.content.html import LONGEST_HTML
from messaging.content.merge import (
    FIELD,
    check_fields,
    find_unfit_fields,
    list_fields,
    list_lacking,
)
from messaging.content.render import find_missing_form

LONGEST_SUBJECT, LONGEST_TEXT = 200, 20_000


def find_mail_faults(
    mail: Mapping[str, str], form_id: str, offered: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield (part, fault) for the parts "subject", "text", "mobile" and "html".

    ``offered``: the fields of events that its runs have.
    """
    if not mail["subject"].strip():
        yield "subject", _("件名が入力されていません。件名を入力してください。")
    if len(mail["subject"]) > LONGEST_SUBJECT:
        fault = _("件名は%(limit)s文字までです。短くしてください。")
        yield "subject", fault % {"limit": LONGEST_SUBJECT}
    if "form" in list_fields(mail["subject"]):
        fault = _("件名に{form}は使えません。本文に移してください。")
        yield "subject", fault
    if not mail["text"].strip() and not mail["html"].strip():
        yield "text", _("本文が入力されていません。送る文章を入力してください。")
    limits = {"text": LONGEST_TEXT, "mobile": LONGEST_TEXT, "html": LONGEST_HTML}
    for part, limit in limits.items():
        if len(mail[part]) > limit:
            fault = _("%(limit)s文字までです。短くしてください。")
            yield part, fault % {"limit": f"{limit:,}"}
    for part, text in mail.items():
        for fault in find_field_faults(text, form_id, offered):
            yield part, fault


def find_field_faults(
    text: str, form_id: str, offered: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with the merge fields of one text of a mail."""
    yield from check_fields(text)
    yield from find_unfit_fields(text, offered)
    yield from find_missing_form([text], form_id)
    fallbacks = list_lacking()
    lacking = [
        found[1]
        for found in FIELD.finditer(text)
        if found[2] is None and found[1] in fallbacks
    ]
    for name in dict.fromkeys(lacking):
        fault = _(
            "{%(name)s}には、わからないときに代わりに入れる言葉を付けてください（例：{%(name)s|%(words)s}）。"
        )
        yield fault % {"name": name, "words": fallbacks[name]}
