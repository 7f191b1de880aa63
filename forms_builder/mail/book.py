"""Book the mail of a form for one answer, through the ledger, once.

It goes only for an answer that was taken, which used up its ticket; to an address three times in ten minutes for each
form, so that nobody can make the shop write to a stranger again and again.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from forms_builder.answers.read import Answered
from forms_builder.mail.fields import build_values, fill_mail_fields
from forms_builder.models import FormMail, HelpDeskInbox, Submission
from forms_builder.public.limits import get_mail_wait
from members.normalize.emails import normalize_email
from messaging.accounts.senders import NoSender, find_shop_sender
from messaging.content.make import make_mail_content
from messaging.deliveries.booking import book_message
from messaging.models import Content, Delivery

Source = Delivery.Source


def book_form_mail(submission: Submission, answered: Sequence[Answered]) -> None:
    """Book the mail to who answered, and the help desk's copy, in the caller's transaction.

    What came of it stands in ``submission.mail_state``, which the caller saves. A test answer gets the mail, marked,
    and makes no copy.
    """
    mail = getattr(submission.form, "mail", None)  # a form may have none
    if not mail or not mail.is_on:
        return
    address = find_reply_address(submission, answered)
    state = decide_state(submission, address)
    if has_account():
        content = compose_content(mail, submission, answered, address)
        if state == Submission.MailState.BOOKED:
            source = Source.TEST if submission.is_test else Source.FORM_MAIL
            book_mail_to(submission, content, address, build_key(submission), source)
        inbox = HelpDeskInbox.load().address
        if mail.copies and inbox and not submission.is_test:
            key = f"{build_key(submission)}:copy"
            book_mail_to(submission, content, inbox, key, Source.FORM_MAIL)
    submission.mail_state = state


def build_key(submission: Submission) -> str:
    return f"form:{submission.public_id}"


def list_mails(submission: Submission) -> list[Delivery]:
    """Return what was booked for the answer: the mail, and the help desk's copy."""
    key = build_key(submission)
    rows = Delivery.objects.filter(key__in=(key, f"{key}:copy"))
    return list(rows.order_by("pk"))


def decide_state(submission: Submission, address: str) -> str:
    """Return whether a mail goes to who answered, else why not."""
    states = Submission.MailState
    if not address:
        return states.NO_ADDRESS
    if not has_account():
        return states.NO_ACCOUNT
    wait = get_mail_wait(submission.form, normalize_email(address))
    # Without its counter nobody who is unknown makes us write to an address.
    too_many = submission.member is None if wait is None else wait > 0
    return states.TOO_MANY if too_many else states.BOOKED


def has_account() -> bool:
    """Return whether the shop has a mail account to send by."""
    try:
        find_shop_sender("mail")
    except NoSender:
        return False
    return True


def find_reply_address(submission: Submission, answered: Sequence[Answered]) -> str:
    """Return the address that was answered; the member's own where it was left as it is, "" for none."""
    for each in answered:
        if each.question.kind == "email":
            if each.kept and submission.member:
                return submission.member.email
            return each.text
    return ""


def compose_content(
    mail: FormMail, submission: Submission, answered: Sequence[Answered], address: str
) -> Content:
    values = build_values(submission, answered)
    subject = " ".join(fill_mail_fields(mail.subject, values).split())
    if submission.is_test:
        subject = _("【テスト】%(title)s") % {"title": subject}
    return make_mail_content(
        subject,
        fill_mail_fields(mail.text, values),
        mobile=fill_mail_fields(mail.mobile, values),
        to=address,
        reply_to=address,
    )


def book_mail_to(
    submission: Submission, content: Content, address: str, key: str, source: int
) -> None:
    book_message(
        submission.tenant,
        source=source,
        content=content,
        address=address,
        channel="mail",
        key=key,
    )
