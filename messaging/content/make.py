"""Make the content of a single message: a version of its own, that nothing changes afterwards."""

from messaging.content.bubbles import Bubble
from messaging.links.addresses import list_urls
from messaging.models import Content


def make_text_content(text: str, form_id: str = "") -> Content:
    """Make a LINE text; ``form_id`` is the public id of a form whose link is added."""
    return Content.objects.create(text=text, form_id=form_id)


def make_line_content(
    text: str,
    form_id: str,
    bubbles: list[Bubble],
    old: Content | None = None,
    counts_links: bool = False,
) -> Content:
    """Make a LINE message of several bubbles; ``old`` is returned where it says just this.

    ``counts_links`` holds only where there is a link to count: else one text would go to each person by itself.
    """
    made = Content(text=text, form_id=form_id, bubbles=bubbles)
    made.counts_links = counts_links and bool(list_urls(made))
    same = ("text", "form_id", "bubbles", "counts_links")
    if old and all(getattr(old, name) == getattr(made, name) for name in same):
        return old
    made.save()
    return made


def make_mail_content(
    subject: str,
    text: str,
    html: str = "",
    mobile: str = "",
    to: str = "",
    reply_to: str = "",
) -> Content:
    """Make a mail. ``mobile`` is the text for carrier phones; they get ``text`` where it is blank.

    ``to``: whom the header names, where a copy goes to somebody else; ``reply_to``: who gets the answers.
    """
    parts = {"subject": subject, "text": text, "html": html, "mobile": mobile}
    parts |= {"to": to} if to else {}
    parts |= {"reply_to": reply_to} if reply_to else {}
    return Content.objects.create(kind=Content.Kind.MAIL, mail=parts)
