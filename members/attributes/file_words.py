"""What files call the columns, without blanks and marks (mapping.heading_key), and what stands in them."""

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

# One ordinary row of the sample file.
EXAMPLES = {
    "name": "山田 花子",
    "email": "hanako@example.jp",
    "phone": "090-1234-5678",
    "birthday": "1985/11/22",
    "tags": "定期3回目；VIP",
    "mail_optout": "拒否",
}
GENDERS = ("女性", "男性", "その他・回答しない")
# What files say of 受信拒否: whether the member has opted out.
OPTED_OUT = {
    **dict.fromkeys(
        ["拒否", "受信拒否", "停止", "配信停止", "1", "true", "yes", "y", "はい", "on", "○", "〇"], True
    ),
    **dict.fromkeys(
        ["受信", "許可", "受け取る", "配信", "0", "false", "no", "n", "いいえ", "off", "×", "✕"], False
    ),
}  # fmt: skip
