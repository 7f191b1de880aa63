"""What a person would post to each address of the console, beside what the pages themselves say."""

from datetime import timedelta

from django.utils import timezone

from tests.walls.forms import Values

# What a person would type into an empty field, by its name.
TYPED = {
    "name": "新しい名前", "new_tag": "新しいタグ", "title": "新しい題", "subject": "新しい件名", "text": "新しい文章",
    "email": "new@example.jp", "phone": "090-1111-2222", "number": "3", "form_id": "", "tag": "新しいタグ",
    "new_trigger": "新しいきっかけ", "q0-label": "質問", "delay_number": "2", "token": "token",
    "base_url": "http://127.0.0.1:9", "value": "新しい値", "basic_id": "@basic", "channel_id": "1234567890",
    "channel_secret": "0123456789abcdef0123456789abcdef", "access_token": "token", "login_channel_id": "1234567891",
    "liff_id": "1234567891-abcdefgh", "mail_address": "new@example.jp", "from_email": "shop@example.jp",
    "host": "mail.example.jp", "username": "shop", "password": "horse battery staple 2026",
    "reason": "月末の確認に使うため", "word": "新しい言葉", "label": "新しい名前", "note": "メモ",
    "from_name": "お店", "mail_text": "新しい本文",
}  # fmt: skip
# Forms that are filled with what is there: a person changes something, and what the world made up is no address.
FORM: Values = {"remove_tags": [], "once_per_person": [], "not_found_tag": [""]}
NEXT_WEEK = f"{timezone.localtime() + timedelta(days=7):%Y-%m-%dT%H:%M}"
SERVER: Values = {
    "host": ["127.0.0.1"],
    "security": ["none"],
    "port": ["2525"],
    "password": ["secret-words"],
}
CHANGED: dict[str, Values] = {
    "carts/<slug:public_id>/settings/": {
        "lock_days": ["30"],
        "uses_line_id": [],
        "accepts_change": ["1"],
    },
    "carts/mail/masks/new/": {
        "mall": ["モール"],
        "subject_part": ["ご注文"],
        "number_before": ["注文番号："],
        "ordered_at_before": ["注文日時："],
        "name_before": ["注文者："],
        "email_before": ["メール："],
        "products_before": ["商品："],
    },
    "contents/liff/<slug:public_id>/edit/": FORM
    | {"external_url": ["https://example.jp/"]},
    "contents/liff/add/": FORM,
    "contents/liff/<slug:public_id>/mail/": {"inbox": ["desk@example.jp"]},
    "contents/liff/privacy/": {"policy_url": ["https://example.jp/policy/"]},
    "members/<str:public_id>/edit/": {
        "name": ["別の名前"],
        "phone": [""],
        "email": [""],
        "birthday": [""],
    },
    "members/<str:public_id>/tags/add/": {"tag": [""], "new_tag": ["別のタグ"]},
    "members/bulk/": {"new_tag": [""]},
    "members/emails/": {"rule": ["deny"], "confirm": ["1"]},
    "members/inquiries/<str:public_id>/": {"subject": ["別の件名"]},
    "messages/accounts/<str:public_id>/": {
        "basic_id": ["@basic"],
        "channel_id": ["1234567890"],
        "login_channel_id": ["1234567891"],
        "liff_id": ["1234567891-abcdefgh"],
    },
    "messages/accounts/connection/": {"do": ["off"]},
    "messages/broadcasts/<str:public_id>/edit/": {"due_at": [""]},
    "messages/log/<uuid:public_id>/move/": {"at": [NEXT_WEEK]},
    "messages/mail/<str:public_id>/": {
        "from_email": ["shop@example.jp"],
        **SERVER,
    },
    "messages/mail/new/": SERVER,
    "messages/mail/routes/": {"domain": ["docomo.example.jp"]},
    "rpa/settings/carts/<slug:public_id>/": {
        "url": ["http://127.0.0.1:9/"],
        "login": ["robot"],
        "totp_secret": [""],
    },
    "rpa/settings/rules/": {
        "contact_url": [""],
        "reasons_cancel": ["余っている＝3"],
        "reasons_pause": [""],
    },
    "settings/delete/": {"slug": ["sakura"]},
    "settings/groups/<str:public_id>/": {"name": ["別の名前"]},
    "settings/helpdesk/values/": {
        "test_base": ["https://test.relationapp.jp/"],
        "live_base": ["https://live.relationapp.jp/"],
        "test_inbox": ["1"],
        "live_inbox": ["2"],
        "inbox_address": ["desk@example.jp"],
    },
    "settings/notices/quiet/": {"begins": ["22:00"], "ends": ["07:00"]},
}

# What is posted and changes nothing of the shop's, and why it is posted all the same.
TYPED_TEXT = "what was typed is no part of an address"
ASKS = "asks somebody else, and shows what they said"
WRITES_NOTHING = {
    "carts/mail/masks/trial/": TYPED_TEXT,
    "contents/liff/preview/": TYPED_TEXT,
    "members/<str:public_id>/merge/": TYPED_TEXT,
    "members/export/strength/": TYPED_TEXT,
    "members/filter/count/": TYPED_TEXT,
    "members/filter/rows/": TYPED_TEXT,
    "messages/contents/preview/": TYPED_TEXT,
    "messages/contents/preview/html/": TYPED_TEXT,
    "messages/steps/advice/": TYPED_TEXT,
    "members/imports/sample/": "a file that is the same for everybody",
    "messages/accounts/<str:public_id>/test/": ASKS,
    "messages/mail/<str:public_id>/test/": ASKS,
    "messages/mail/routes/try/": ASKS,
    "settings/checklist/test/": ASKS,
}
# What is posted and changes nothing but how the operator themself looks at the shop.
ONE_S_OWN = {
    "contents/liff/<slug:public_id>/answers/": "the text that was searched for",
    "messages/steps/<str:public_id>/people/": "the text that was searched for",
    "members/search/": "the text that was searched for",
    "members/filter/": "the condition that the list shows now",
    "members/columns/": "the columns of one's own list",
    "notices/read/": "which notices one has read",
}
