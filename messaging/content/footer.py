"""The end of an advertising mail: who sends it, and the way to get no more. For customers, so in Japanese."""

from html import escape

from messaging.models import MailFooter

RULE = "―" * 12


def find_footer() -> MailFooter | None:
    """Return the shop's own; None while it has not been entered: then no advertising goes out by mail."""
    return MailFooter.objects.first()


def list_footer_lines(footer: MailFooter) -> list[str]:
    return [footer.name, footer.postal_address, f"お問い合わせ：{footer.contact}"]


def write_footer(footer: MailFooter, url: str) -> str:
    """Return the end of a mail as text, with the address of the page on which its reader stops further mails."""
    lines = [
        RULE,
        *list_footer_lines(footer),
        "",
        "このようなメールが不要な方は、こちらから配信を停止できます。",
        url,
    ]
    return "\n".join(lines)


def write_html_footer(text: str, url: str) -> str:
    """Return a written footer as HTML; ``url`` in it becomes a link."""
    link = f'<a href="{escape(url)}">{escape(url)}</a>'
    body = escape(text).replace(escape(url), link).replace("\n", "<br>")
    return f'<p style="font-size: 12px; color: #666666;">{body}</p>'
