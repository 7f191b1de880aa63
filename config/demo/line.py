"""The demo shop at the LINE simulator: its channel, and its members as friends whose phones can be looked at."""

import json
import urllib.request

from django.conf import settings

from members.models import Member
from members.tags.names import get_or_create_tag
from messaging.content.gallery import READY
from messaging.content.make import (
    make_line_content,
    make_mail_content,
    make_text_content,
)
from messaging.content.templates import save_as_template
from messaging.inbound.keywords import save_keyword
from messaging.models import Broadcast, Keyword, LineAccount, Way
from tenants.models import Tenant
from tenants.realms import build_realm_url


def register_channel(shop: Tenant, account: LineAccount) -> None:
    """Register the account at the simulator at every start: its addresses change with the ports."""
    told = {
        "channel_id": account.channel_id, "channel_secret": account.channel_secret,
        "access_token": account.access_token, "login_channel_id": account.login_channel_id,
        "liff_id": account.liff_id, "name": account.name, "basic_id": account.basic_id,
        "webhook_url": build_realm_url("public", shop, "messaging:webhook", [account.webhook_key]),
        "liff_endpoint": build_realm_url("public", shop, "forms_builder:endpoint"),
    }  # fmt: skip
    post_json(f"{settings.LINE_API_URL}/sandbox/channels", told)


def befriend_members(account: LineAccount) -> None:
    """Make the simulator's friends those of the shop: what is sent to them can be read on its phones."""
    friends = Member.objects.filter(line_state="friend").values_list(
        "line_user_id", "line_name"
    )
    told = [{"user_id": user_id, "name": name} for user_id, name in friends]
    post_json(
        f"{settings.LINE_API_URL}/sandbox/friends",
        {"channel_id": account.channel_id, "friends": told},
    )


MAIL_TEXT = """{name|お客様}様

いつもさくらコスメをご利用いただき、ありがとうございます。
冬の保湿セットのご予約を始めました。

https://sakura-cosme.example.jp/winter
"""
MAIL_MOBILE = "{name|お客様}様\n冬の保湿セットのご予約を始めました。\nhttps://sakura-cosme.example.jp/m/winter"
MAIL_HTML = (
    '<h1 style="color: #b03060">冬の保湿セット</h1><p>{name|お客様}様</p>'
    '<p>ご予約を始めました。</p><p><a href="https://sakura-cosme.example.jp/winter">商品を見る</a></p>'
)


def make_messages(account: LineAccount, form_id: str) -> None:
    """Keep two of the ready messages as templates, and write a broadcast that only has to be sent."""
    for ready in READY[3:5]:
        content = make_text_content(ready.text, form_id if ready.form else "")
        save_as_template(content, ready.name)
    shop_page = {
        "label": "商品を見る",
        "do": "url",
        "value": "https://sakura-cosme.example.jp/autumn",
    }
    card = {
        "kind": "buttons",
        "title": "秋の保湿クリーム",
        "text": "しっとり、べたつきません。",
        "image": "",
        "actions": [shop_page],
    }
    content = make_line_content(
        "{name|お客様}様\n\n秋の新商品のご案内です。", "", [card], counts_links=True
    )
    Broadcast.objects.create(
        name="秋の新商品のご案内", account=account, content=content
    )
    mail = make_mail_content(
        "【さくらコスメ】冬の保湿セットのご案内", MAIL_TEXT, MAIL_HTML, MAIL_MOBILE
    )
    line = make_text_content("{name|お客様}様\n\n冬の保湿セットのご予約を始めました。")
    Broadcast.objects.create(
        name="冬の保湿セットのご案内（LINEかメール）",
        account=account,
        way=Way.EITHER,
        content=line,
        mail_content=mail,
    )


def post_json(url: str, body: object) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()


def make_keywords() -> None:
    """Answer two words that customers write; one of them tags as well."""
    hours = Keyword(word="営業時間", match=Keyword.Match.CONTAINS)
    save_keyword(hours, None, "営業時間は、平日の10時から18時です。", "", [])
    size = Keyword(word="サンプル", match=Keyword.Match.WHOLE)
    text = "{name|お客様}様、サンプルのお申し込みありがとうございます。"
    save_keyword(size, get_or_create_tag("サンプル希望"), text, "", [])
