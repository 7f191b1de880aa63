"""Make the content of a message: a version of its own, that nothing changes afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from messaging.content.bubbles import Bubble
from messaging.links.addresses import list_urls
from messaging.models import Broadcast, Content, Step, Way


@dataclass(frozen=True)
class Written:
    """What somebody wrote in the editor: by which way it goes, the LINE message, and the mail.

    ``form_id``: the public id of a form that both lead to. ``html`` is cleaned (messaging/content/html.py).
    """

    way: str = Way.LINE
    text: str = ""
    form_id: str = ""
    bubbles: list[Bubble] = field(default_factory=list)
    counts_links: bool = False
    subject: str = ""
    mail_text: str = ""
    mobile: str = ""
    html: str = ""


def make_contents(
    written: Written, old: Sequence[Content]
) -> tuple[Content, Content | None]:
    """Make what a step or a broadcast says: its content, and the mail of one that goes either way.

    What stands in ``old`` is kept where it says just this.
    """
    kept = {content.kind: content for content in old}
    said = written.text, written.form_id, written.bubbles
    line = kept.get(Content.Kind.LINE)
    mail = None
    if written.way != Way.LINE:
        # Whom a mail of ours to one person names stays as it is.
        heads = kept[Content.Kind.MAIL].mail if Content.Kind.MAIL in kept else {}
        mail = make_mail_content(
            written.subject,
            written.mail_text,
            written.html,
            written.mobile,
            heads.get("to", ""),
            heads.get("reply_to", ""),
            form_id=written.form_id,
            old=kept.get(Content.Kind.MAIL),
            counts_links=written.counts_links,
        )
    if mail and written.way == Way.MAIL:
        return mail, None
    return make_line_content(*said, line, written.counts_links), mail


def read_written(said: Step | Broadcast) -> Written:
    """Return what a step or a broadcast says, as it stands in the editor."""
    return read_contents(said.way, said.contents)


def read_contents(way: str, contents: Sequence[Content]) -> Written:
    """Return what these contents say, by the way that they go, as it stands in the editor."""
    by_kind = {content.kind: content for content in contents}
    line = by_kind.get(Content.Kind.LINE, Content())
    mail = by_kind.get(Content.Kind.MAIL, Content())
    parts = {name: mail.mail.get(name, "") for name in ("subject", "mobile", "html")}
    return Written(
        way=way,
        text=line.text,
        form_id=line.form_id or mail.form_id,
        bubbles=line.bubbles,
        counts_links=line.counts_links or mail.counts_links,
        mail_text=mail.mail.get("text", ""),
        **parts,
    )


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
    *,
    form_id: str = "",
    old: Content | None = None,
    counts_links: bool = False,
) -> Content:
    """Make a mail; ``old`` is returned where it says just this.

    ``mobile`` is the text for carrier phones; they get ``text`` where it is blank. ``to``: whom the header names, where
    a copy goes to somebody else; ``reply_to``: who gets the answers. ``form_id``: a form whose personal link is added.
    """
    parts = {"subject": subject, "text": text, "html": html, "mobile": mobile}
    parts |= {"to": to} if to else {}
    parts |= {"reply_to": reply_to} if reply_to else {}
    made = Content(kind=Content.Kind.MAIL, mail=parts, form_id=form_id)
    made.counts_links = counts_links and bool(list_urls(made))
    same = ("mail", "form_id", "counts_links")
    if old and all(getattr(old, name) == getattr(made, name) for name in same):
        return old
    made.save()
    return made
