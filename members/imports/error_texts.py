"""Texts for what is wrong with a row. Rows store codes, so each operator reads their own language."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import ImportRow
from members.normalize.limits import LONGEST_CELL

CELL_ERRORS: dict[str, Promise] = {
    "name_long": gettext_lazy(
        "%(column)sが200文字を超えています。200文字以内にしてください。"
    ),
    "email": gettext_lazy(
        "%(column)sの形式が正しくありません。「hanako@example.jp」の形で入力してください。"
    ),
    "email_at": gettext_lazy(
        "%(column)sに「@」が1つだけ入っていません。「hanako@example.jp」の形で入力してください。"
    ),
    "phone": gettext_lazy(
        "%(column)sとして使えない番号です。桁数を確かめ、「090-1234-5678」のように市外局番から入力してください。"
    ),
    "phone_letters": gettext_lazy(
        "%(column)sに数字以外の文字が含まれています。「090-1234-5678」のように数字とハイフンで入力してください。"
    ),
    "line": gettext_lazy(
        "%(column)sの形式が正しくありません。「U」で始まる33文字のIDを入力してください（LINEの表示名や検索用のIDは使えません）。"
    ),
    "id": gettext_lazy(
        "%(column)sの形式が正しくありません。書き出したファイルの会員ID（12文字）をそのまま使い、新しい会員は空欄にしてください。"
    ),
    "birthday": gettext_lazy(
        "%(column)sを日付として読み取れません。「1985/11/22」の形で入力してください。"
    ),
    "birthday_range": gettext_lazy(
        "%(column)sが未来か、古すぎる日付です。西暦の年を確かめて、入力し直してください。"
    ),
    "tag_long": gettext_lazy(
        "%(column)sに100文字を超えるタグ名があります。100文字以内にしてください。"
    ),
    "optout": gettext_lazy(
        "%(column)sを読み取れません。「拒否」か「受信」のどちらかを入力してください。"
    ),
    "number": gettext_lazy(
        "%(column)sを数値として読み取れません。「1200」のように数字だけで入力してください。"
    ),
    "date": gettext_lazy(
        "%(column)sを日付として読み取れません。「2026/11/22」の形で入力してください。"
    ),
    "choice": gettext_lazy(
        "%(column)sが選択肢にありません。会員情報項目の選択肢と同じ言葉にしてください。"
    ),
    "max_length": gettext_lazy("%(column)sが長すぎます。500文字以内にしてください。"),
    "long": gettext_lazy(
        "%(column)sが%(most)s文字を超えています。短くするか、取り込む列から外してください。"
    ),
    "cell": gettext_lazy("%(column)sを読み取れません。入力し直してください。"),
}
ROW_ERRORS: dict[str, Promise] = {
    "ragged": gettext_lazy(
        '列の数が見出しと違います。カンマや改行を含むセルを引用符（"）で囲んでいるかを確かめてください。'
    ),
    "no_key": gettext_lazy(
        "会員を見分ける値（%(keys)s）がどれも空です。少なくとも1つを入力してください。"
    ),
    "dup": gettext_lazy(
        "%(kind)sが%(other)s行目と同じです。先の行だけを取り込みます。1名につき1行にまとめてください。"
    ),
    "same": gettext_lazy(
        "%(other)s行目と同じ会員の行です。先の行だけを取り込みます。1行にまとめてください。"
    ),
    "several": gettext_lazy(
        "同じ%(kind)sの会員が%(other)s名います。どの会員かを会員IDの列で指定してください。"
    ),
    "unknown_id": gettext_lazy(
        "この会員IDの会員が見つかりません。削除した会員は復元し、新しい会員は会員IDを空欄にしてください。"
    ),
    "line_other": gettext_lazy(
        "この会員には別のLINEユーザーIDが登録されています。行が正しい会員のものかを確かめてください。"
    ),
    "line_taken": gettext_lazy(
        "このLINEユーザーIDは別の会員（または削除した会員）のものです。統合するか、LINEユーザーIDを空欄にしてください。"
    ),
    "shared": gettext_lazy(
        "同じメールアドレスの会員がすでにいます。会員IDの列でその会員を指定するか、会員を統合してください。"
    ),
    "shared_row": gettext_lazy(
        "%(other)s行目と同じメールアドレスです。先の行だけを取り込みます。1名につき1つのメールアドレスにしてください。"
    ),
    "late": gettext_lazy(
        "取り込みの間に、同じLINEユーザーIDの会員が追加されました。もう一度取り込んでください。"
    ),
}


def describe_row_errors(
    row: ImportRow, header: Sequence[str], labels: dict[str, str], keys: Sequence[str]
) -> list[str]:
    """Return what is wrong with the row, sentence by sentence, each with the row's number in front."""
    joined = _("、").join(labels.get(key, key) for key in keys)
    found = [_describe_cell_error(code, header) for code in row.errors.split()]
    if row.conflict:
        code, _sep, other = row.conflict.partition(":")
        words = {"kind": labels.get(row.key_kind, ""), "other": other, "keys": joined}
        found.append(
            str(ROW_ERRORS.get(code, CELL_ERRORS["cell"])) % {**words, "column": ""}
        )
    return [
        _("%(number)s行目：%(words)s") % {"number": row.number, "words": sentence}
        for sentence in found
    ]


def _describe_cell_error(code: str, header: Sequence[str]) -> str:
    place, _sep, kind = code.partition(":")
    column = header[int(place)] if place.isdigit() and int(place) < len(header) else ""
    words = CELL_ERRORS.get(kind) or ROW_ERRORS.get(kind) or CELL_ERRORS["cell"]
    return str(words) % {"column": column, "most": f"{LONGEST_CELL:,}", "keys": ""}
