"""What stands in the columns of files."""

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
        [
            "拒否",
            "受信拒否",
            "停止",
            "配信停止",
            "1",
            "true",
            "yes",
            "y",
            "はい",
            "on",
            "○",
            "〇",
        ],
        True,
    ),
    **dict.fromkeys(
        [
            "受信",
            "許可",
            "受け取る",
            "配信",
            "0",
            "false",
            "no",
            "n",
            "いいえ",
            "off",
            "×",
            "✕",
        ],
        False,
    ),
}
