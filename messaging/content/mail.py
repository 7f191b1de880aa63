"""A mail as one person gets it: subject and texts with the merge fields filled in."""

from dataclasses import dataclass

from messaging.content.render import fill_fields
from messaging.models import Content

# The carriers' mail for phones. These domains get the text for phones; so do the old ones that end in a carrier's name.
CARRIERS = {
    "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "ymobile1.ne.jp",
    "willcom.com", "pdx.ne.jp", "disney.ne.jp", "uqmobile.jp", "rakumail.jp", "emobile.ne.jp", "emnet.ne.jp",
}  # fmt: skip
CARRIER_ENDS = (".vodafone.ne.jp", ".pdx.ne.jp", ".ezweb.ne.jp", ".biz.ezweb.ne.jp")


@dataclass(frozen=True)
class MailParts:
    subject: str
    text: str
    html: str = ""
    to: str = ""
    reply_to: str = ""


def is_carrier_address(address: str) -> bool:
    """Tell whether the address is a carrier's, which takes plain text for phones."""
    domain = address.rpartition("@")[2].lower()
    return domain in CARRIERS or domain.endswith(CARRIER_ENDS)


def compose_mail(content: Content, values: dict[str, str], address: str) -> MailParts:
    """Return the mail for one person: carriers' addresses get the text for phones, where there is one."""
    mail = content.mail
    heads = {"to": mail.get("to", ""), "reply_to": mail.get("reply_to", "")}
    subject = " ".join(fill_fields(mail.get("subject", ""), values).split())
    mobile = mail.get("mobile", "")
    if mobile and is_carrier_address(address):
        return MailParts(subject, fill_fields(mobile, values), **heads)
    html = mail.get("html", "")
    return MailParts(
        subject,
        fill_fields(mail.get("text", ""), values),
        fill_fields(html, values) if html else "",
        **heads,
    )
