"""A mail as one person gets it: subject and texts with the merge fields filled in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from messaging.content.footer import write_html_footer
from messaging.content.html import build_document, read_text
from messaging.content.merge import fill_fields
from messaging.content.render import add_form_link
from messaging.extension import extensions
from messaging.links.addresses import swap_mail_urls
from messaging.models import Content

CARRIERS = Path(__file__).parent / "carriers.txt"


@dataclass(frozen=True)
class MailParts:
    subject: str
    text: str
    html: str = ""
    to: str = ""
    reply_to: str = ""


def is_carrier_address(address: str) -> bool:
    """Return whether the address is a carrier's, which takes plain text for phones."""
    domain = address.rpartition("@")[2].lower()
    whole, ends = list_carrier_domains()
    return domain in whole or domain.endswith(ends)


@lru_cache(maxsize=1)
def list_carrier_domains() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the carriers' domains, and the ends of those that have any number below them."""
    lines = [line.strip() for line in CARRIERS.read_text().splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    ends = tuple(name for name in names if name.startswith("."))
    return frozenset(names).difference(ends), ends


def build_personal_links(
    form_id: str, member_ids: Collection[int]
) -> Mapping[int, str]:
    """Return the link of a form for each of these members; {} where no app hands such links in."""
    for each in extensions.values():
        if each.personal_links:
            return each.personal_links(form_id, member_ids)
    return {}


def compose_mail(
    content: Content,
    values: Mapping[str, str],
    address: str,
    links: Mapping[str, str] | None = None,
) -> MailParts:
    """Return the mail for one person: carriers' addresses get the text for phones, where there is one.

    ``links``: the addresses of ours by which their taps are counted (messaging/links/addresses.py).
    """
    mail = swap_mail_urls(content.mail, links or {})
    heads = {"to": mail.get("to", ""), "reply_to": mail.get("reply_to", "")}
    subject = " ".join(fill_fields(mail.get("subject", ""), values).split())
    mobile = add_form_link(mail.get("mobile", ""), content.form_id)
    if mail.get("mobile") and is_carrier_address(address):
        said = add_footer(fill_fields(mobile, values), values)
        return MailParts(subject, said, **heads)
    html = mail.get("html", "")
    text = mail.get("text", "") or read_text(html)
    return MailParts(
        subject,
        add_footer(fill_fields(add_form_link(text, content.form_id), values), values),
        fill_html(html, content.form_id, values) if html else "",
        **heads,
    )


def fill_html(html: str, form_id: str, values: Mapping[str, str]) -> str:
    """Fill in the values as text: a name of < and > stays a name. A form that is not linked is linked at the end."""
    if form_id and "{form}" not in html:
        html += '<p><a href="{form}">{form}</a></p>'
    safe = {name: escape(value) for name, value in values.items()}
    filled = fill_fields(html, safe)
    if footer := values.get("footer", ""):
        filled += write_html_footer(footer, values["unsubscribe"])
    return build_document(filled)


def add_footer(text: str, values: Mapping[str, str]) -> str:
    """Add the end of an advertising mail."""
    footer = values.get("footer", "")
    return f"{text}\n\n{footer}" if footer else text
