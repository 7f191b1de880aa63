"""Values of a help desk as they are pasted: an address, the number of an inbox, the form of a link."""

import re
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from helpdesk.kinds import HelpDeskKind
from helpdesk.models import HelpDesk

LONGEST = 200
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
PLACEHOLDER = re.compile(r"{(\w*)}")
PLACEHOLDERS = {"base", "inbox", "email"}


def clean_base(text: str, product: HelpDeskKind) -> str:
    """Return "https://sample.relationapp.jp/" of a pasted address; "" of nothing. Raises ValidationError."""
    text = text.strip()
    if not text:
        return ""
    if len(text) > LONGEST or not text.isprintable():
        raise ValidationError(
            _("接続先URLとして読めません。アドレスバーのURLをコピーしてください。")
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme != "https":
        raise ValidationError(_("接続先URLは「https://」から入力してください。"))
    if not HOST.fullmatch(host) or "." not in host or port or parts.username:
        raise ValidationError(
            _("接続先URLとして読めません。アドレスバーのURLをコピーしてください。")
        )
    if product.hosts and not any(host.endswith(f".{own}") for own in product.hosts):
        raise ValidationError(
            _("%(product)sのURL（https://〇〇.%(host)s/）を入力してください。")
            % {"product": product.label, "host": product.hosts[0]}
        )
    return f"https://{host}/"


def clean_inbox(text: str) -> str:
    """Return "12" of "12", "#12" or the pasted address of an inbox; "" of nothing. Raises ValidationError."""
    text = text.strip().translate(
        str.maketrans("０１２３４５６７８９＃", "0123456789#")
    )
    if not text:
        return ""
    found = re.search(r"#\D*(\d{1,10})", text) or re.fullmatch(r"(\d{1,10})", text)
    if len(text) > LONGEST or not found:
        raise ValidationError(
            _(
                "受信箱IDは「#」の後ろの数字です。数字だけを入力するか、受信箱のURLを貼り付けてください。"
            )
        )
    return found[1]


def clean_link_template(text: str) -> str:
    """Return the form of a link, which begins with {base}. Raises ValidationError."""
    text = text.strip() or "{base}"
    unknown = set(PLACEHOLDER.findall(text)) - PLACEHOLDERS
    rest = PLACEHOLDER.sub("", text)
    if unknown or "{" in rest or "}" in rest:
        raise ValidationError(_("使えるのは {base}、{inbox}、{email} です。"))
    if not text.startswith("{base}") or not text.isprintable():
        raise ValidationError(_("「{base}」から始めてください。"))
    return text


def build_inbox_url(desk: HelpDesk, email: str) -> str:
    """Return the address of the inbox in use, narrowed by a customer's address as far as the shop's form says."""
    values = {
        "{base}": desk.base,
        "{inbox}": desk.inbox,
        "{email}": quote(email, safe=""),
    }
    return re.sub(
        r"{\w+}",
        lambda found: values[found[0]],
        desk.link_template.replace("{base}/", "{base}"),
    )
