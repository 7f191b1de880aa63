"""The three ready follow scenarios, each of an order. Their texts are for customers, so in Japanese."""

from datetime import time

from django.utils.translation import gettext_lazy as _

from messaging.models import Scenario
from messaging.scenarios.ready import ReadyScenario, ReadyStep

SHIPPING = Scenario.CountsFrom.SHIPPING
Second = Scenario.SecondEvent

ARRIVED = ReadyStep(
    3,
    time(10),
    "商品はお手元に届きましたか（ご注文番号{order_number|のお品}）",
    "{order_name|お客様}様\n\n先日は、{products|商品}をご注文いただき、ありがとうございました。\n"
    "商品は無事にお手元に届きましたでしょうか。\n\n"
    "ご注文番号：{order_number|（ご注文確認メールをご覧ください）}\n\n"
    "お届けした商品に気になることや、使い方でわからないことがありましたら、\n"
    "このメールにそのままご返信ください。担当者がお答えします。",
    "{order_name|お客様}様\n先日はご注文ありがとうございました。商品は届きましたか。\n"
    "お困りのことがありましたら、このメールにご返信ください。",
    "{order_name|お客様}様\n\n先日は、{products|商品}をご注文いただき、ありがとうございました。\n"
    "商品は無事にお手元に届きましたでしょうか。\n"
    "気になることがありましたら、このトークからいつでもご相談いただけます。",
)
REVIEW = ReadyStep(
    14,
    time(12),
    "{order_name|お客様}様、お使い心地はいかがですか",
    "{order_name|お客様}様\n\n{products|商品}をお使いになって、いかがでしょうか。\n"
    "これからお求めになる方の参考になりますので、よろしければ\n"
    "商品ページのレビューに、ご感想をお寄せください。\n\n"
    "ご満足いただけなかった点は、このメールへのご返信でお聞かせください。",
    "{order_name|お客様}様\n商品のお使い心地はいかがですか。\n"
    "よろしければ商品ページのレビューに、ご感想をお寄せください。",
    "{order_name|お客様}様\n\n{products|商品}をお使いになって、いかがでしょうか。\n"
    "よろしければ、商品ページのレビューにご感想をお寄せください。",
)
AGAIN = ReadyStep(
    25,
    time(12),
    "{products|商品}がなくなるころではありませんか",
    "{order_name|お客様}様\n\n{ordered_at|先日}にご注文いただいた{products|商品}が、\n"
    "そろそろなくなるころではないでしょうか。\n\n"
    "途切れずにお使いいただけるよう、お早めのご注文をおすすめします。\n"
    "前回と同じ商品は、ショップのマイページの購入履歴からご注文いただけます。",
    "{order_name|お客様}様\n{products|商品}がなくなるころではありませんか。\n"
    "続けてお使いいただけるよう、お早めのご注文をおすすめします。",
    "{order_name|お客様}様\n\nそろそろ、{products|商品}がなくなるころではないでしょうか。\n"
    "続けてお使いいただけるよう、お早めのご注文をおすすめします。",
)

READY = (
    ReadyScenario(
        "arrived",
        "商品到着後のお願い",
        _("商品が届いたころに、届いたかを確かめ、問い合わせ先を伝えます。"),
        False,
        "order",
        (ARRIVED,),
        SHIPPING,
        Second.EVERY,
    ),
    ReadyScenario(
        "review",
        "レビュー依頼",
        _("使い始めて2週間ほどの購入者に、商品ページのレビューをお願いします。"),
        True,
        "order",
        (REVIEW,),
        SHIPPING,
        Second.NOT_RUNNING,
    ),
    ReadyScenario(
        "again",
        "使い切り前の再購入",
        _(
            "30日分の商品がなくなる前に、次の購入を案内します。次の注文があると、そこから数え直します。"
        ),
        True,
        "order",
        (AGAIN,),
        SHIPPING,
        Second.RESTART,
    ),
)
