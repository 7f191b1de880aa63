"""What becomes of an import whose staged rows are gone.

They are deleted with the file after a day, or emptied by the database when it comes up after a crash, because it writes
no log of them. Members stay as they are; what still needs the rows says why it cannot go on.
"""

from django.utils.translation import gettext as _

from jobs.runner import JobFailed
from members.models import ImportRow, MemberImport


def has_staged_rows(source: MemberImport) -> bool:
    # In order, so that PostgreSQL uses the primary key: else it goes through dead rows of other imports.
    return bool(
        ImportRow.objects.filter(source=source)
        .order_by("number")
        .values_list("number")[:1]
    )


def require_rows_to_load(source: MemberImport, done: int) -> None:
    """Raise JobFailed when the rows are gone."""
    if not has_staged_rows(source):
        raise JobFailed(_explain_lost_load(source, done))


def require_rows_to_undo(source: MemberImport, done: int) -> None:
    if not has_staged_rows(source):
        raise JobFailed(explain_lost_undo(source, done))


def _explain_lost_load(source: MemberImport, done: int) -> str:
    if not source.path:
        words = _(
            "取り込みから24時間が過ぎてファイルを削除したため、続けられません（%(done)s行まで処理しました）。もう一度、ファイルを選んで取り込んでください。取り込んだ会員は「変更なし」になります。"
        )
    else:
        words = _(
            "データベースが再起動したため、途中で止まりました（%(done)s行まで処理しました）。もう一度、確認からやり直してください。取り込んだ会員は「変更なし」になります。"
        )
    return words % {"done": f"{done:,}"}


def explain_lost_undo(source: MemberImport, done: int) -> str:
    if not source.path:
        words = _(
            "取り込みから24時間が過ぎ、取り込む前の値を削除したため、元に戻せません（%(done)s行まで戻しました）。残りは会員リストで直してください。"
        )
    else:
        words = _(
            "データベースが再起動して、取り込む前の値が失われたため、元に戻せません（%(done)s行まで戻しました）。残りは会員リストで直してください。"
        )
    return words % {"done": f"{done:,}"}
