"""The headings of a file: one form for all ways to write them, and whether we know one."""

import re
from collections.abc import Sequence

from members.normalize.names import fold_name

# What files call the columns, without blanks and marks.
SYNONYMS = {
    "name": "氏名 名前 お名前 会員名 顧客名 name fullname 姓名 お客様名 購入者名 注文者名",
    "family": "姓 名字 苗字 氏 lastname familyname surname 姓漢字 お名前姓",
    "given": "名 firstname givenname 名漢字 お名前名",
    "email": "メールアドレス メール eメール email mail emailaddress mailaddress メアド pcメールアドレス",
    "phone": "電話番号 電話 tel phone phonenumber telephone 携帯電話 携帯電話番号 携帯番号 連絡先電話番号 mobile",
    "line": "lineユーザーid lineuserid lineid userid ユーザーid lineのユーザーid uid",
    "id": "会員id memberid publicid tsunagiid",
    "birthday": "生年月日 誕生日 birthday birthdate dateofbirth dob",
    "tags": "タグ tags tag タグ名",
    "kana": "フリガナ カナ かな ふりがな 氏名カナ 氏名フリガナ お名前カナ お名前フリガナ 会員名カナ kana furigana",
    "postal_code": "郵便番号 郵便 〒 zip zipcode postalcode postcode postal",
    "address": "住所 ご住所 住所全体 address fulladdress",
    "gender": "性別 男女 sex gender",
    "line_optout": "受信拒否line line受信拒否 lineの受信拒否 line配信停止 lineoptout",
    "mail_optout": (
        "受信拒否メール メール受信拒否 メールの受信拒否 メール配信停止 mailoptout emailoptout 配信停止 unsubscribe"
    ),
}

NOISE = re.compile(r"[\s_\-（）()「」\[\]:：*※必須]+")


def normalize_heading(name: str) -> str:
    """Return one form for all ways to write a heading, such as 「お名前（姓）」 or "E-mail" and "email"."""
    return fold_name(NOISE.sub("", name)).replace("_", "")


KNOWN_HEADINGS = {
    normalize_heading(word) for words in SYNONYMS.values() for word in words.split()
}


def is_known_heading(name: str) -> bool:
    return normalize_heading(name) in KNOWN_HEADINGS


def is_header_row(names: Sequence[str], widest: int) -> bool:
    """Return whether a row below a title is the headings: it has two that we know, or one and more cells than a title.

    ``widest``: the most cells of a row above.
    """
    known = sum(map(is_known_heading, names))
    has_values = any("@" in name for name in names)
    return not has_values and (known > 1 or (known == 1 and len(names) > widest))
