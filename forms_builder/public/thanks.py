"""What the thank-you page shows: the values as received, masked, and whether the cart knew them."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from forms_builder.answers.read import list_given
from forms_builder.models import Submission
from forms_builder.public.tickets import LIFE_SECONDS
from members.extension import extensions
from members.models import IdentityRecord
from messaging.deliveries.holds import get_link_timing

# The cart is asked at once; a page waits this long for its answer.
PATIENCE_SECONDS = 3
Outcome = IdentityRecord.Outcome


@dataclass(frozen=True)
class CheckResult:
    """What the page shows of the instant check. ``kind``: the kit's word for the colour.

    ``waits``: the answer may come any moment, so ask again.
    """

    kind: str
    title: str
    text: str = ""
    waits: bool = False
    again: bool = False


@dataclass(frozen=True)
class ReceivedAnswer:
    label: str
    value: str
    kept: bool


def is_shown(submission: Submission) -> bool:
    """Return whether the values are shown: as long as the ticket would have been good.

    After that the page shows only that there is an answer.
    """
    return submission.received_at > timezone.now() - timedelta(seconds=LIFE_SECONDS)


def list_received_answers(submission: Submission) -> list[ReceivedAnswer]:
    """Return each answered question, masked; what was left blank is not listed."""
    return [
        ReceivedAnswer(
            each.question.label,
            each.question.type.show_known(submission.member)
            if each.kept and submission.member
            else each.masked,
            each.kept,
        )
        for each in list_given(submission)
        if each.question.type.in_public
    ]


def get_check_result(submission: Submission) -> CheckResult | None:
    """Return what the cart answered so far; None where there is no cart to ask, or nothing to ask it."""
    if (
        submission.is_test
        or not submission.record
        or get_link_timing(submission.tenant).frequency is None
    ):
        return None
    outcome = submission.record.outcome
    if outcome == Outcome.LINKED:
        return CheckResult("ok", _("連携できました"), _("ご注文の情報と連携しました。"))
    if outcome == Outcome.NOT_FOUND:
        return CheckResult("warn", *explain_not_found(submission), again=True)
    if outcome == Outcome.NOT_ASKED:
        return None
    # One text for everything else, so that the page gives nobody more than the two answers above.
    waits = outcome in ("", Outcome.ASKING)
    text = _(
        "結果が出るまで、少し時間がかかることがあります。この画面は閉じてかまいません。"
    )
    return CheckResult("busy", _("確認中です"), text, waits=waits)


def explain_not_found(submission: Submission) -> tuple[str, str]:
    """Return title and text for who is not found; a number one slip away is hinted at, never shown."""
    given = {each.question.kind for each in list_given(submission)}
    kinds = given & {"phone", "email"}
    if kinds == {"phone"}:
        title = _("ご登録の番号が見つかりませんでした。")
        text = _("番号をご確認のうえ、もう一度お試しください。")
    elif kinds == {"email"}:
        title = _("ご登録のメールアドレスが見つかりませんでした。")
        text = _("メールアドレスをご確認のうえ、もう一度お試しください。")
    else:
        title = _("ご登録の情報が見つかりませんでした。")
        text = _("電話番号とメールアドレスをご確認のうえ、もう一度お試しください。")
    hints = {
        "phone": _(
            "よく似た電話番号のご登録があります。数字の打ち間違いや、順番の入れ替わりがないか、お確かめください。"
        ),
        "email": _(
            "よく似たメールアドレスのご登録があります。@より後ろに打ち間違いがないか、お確かめください。"
        ),
    }
    slip = find_slip_of(submission)
    return title, hints[slip] if slip in kinds else text


def find_slip_of(submission: Submission) -> str:
    """Return "phone" or "email" where the carts know a customer one slip away from what the member answered."""
    member = submission.member
    finders = [each.find_slip for each in extensions.values() if each.find_slip]
    found = (find(member) for find in finders if member)
    return next(filter(None, found), "")
