"""What operators read when somebody answered a form: which form, never who or what."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from forms_builder.models import Submission
from operators.models import Notice
from operators.notify import NoticeText


def describe_answer_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the form of each answer, mark a test, and lead to the answer."""
    ids = [notice.subject_id or 0 for notice in notices]
    rows = Submission.objects.select_related("form").in_bulk(ids)
    return {
        notice.pk: NoticeText(
            write_title(submission),
            "",
            "forms_builder:answer",
            (submission.public_id,),
        )
        for notice in notices
        if (submission := rows.get(notice.subject_id or 0))
    }


def write_title(submission: Submission) -> str:
    title = _("「%(form)s」に回答がありました") % {"form": submission.form.name}
    return _("【テスト】%(title)s") % {"title": title} if submission.is_test else title
