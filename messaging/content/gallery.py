"""Ready-made messages to start from. They are for customers, so in Japanese whatever language the operator reads."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What stands in for a name that is not known.
STANDS_IN = "お客様"


@dataclass(frozen=True)
class ReadyMessage:
    """One of them. ``use``: what it is for, to the operator; ``form``: it wants a form to be attached."""

    key: str
    name: str
    use: str | Promise
    text: str
    form: bool = False


READY = (
    ReadyMessage(
        "ask_phone", "電話番号の再入力のお願い",
        _("カートの注文と電話番号が一致しない会員に、もう一度入力してもらいます。"),
        "{name|お客様}様\n\nご登録いただいた電話番号では、ご注文の情報が見つかりませんでした。\n"
        "お手数ですが、ご注文のときの電話番号を、次のフォームからもう一度お知らせください。\n\n{form}",
        form=True,
    ),
    ReadyMessage(
        "ask_email", "メールアドレスの再入力のお願い",
        _("カートの注文とメールアドレスが一致しない会員に、もう一度入力してもらいます。"),
        "{name|お客様}様\n\nご登録いただいたメールアドレスでは、ご注文の情報が見つかりませんでした。\n"
        "ご注文のときのメールアドレスを、次のフォームからお知らせください。\n\n{form}",
        form=True,
    ),
    ReadyMessage(
        "welcome", "連携完了のお礼",
        _("カートの顧客と連携できた会員に、LINEでできることを伝えます。"),
        "{name|お客様}様\n\nご登録ありがとうございます。LINEでのご案内の準備が整いました。\n"
        "これからは、お届けの予定やお得なお知らせを、このトークでお送りします。\n"
        "ご不明な点は、このままメッセージをお送りください。",
    ),
    ReadyMessage(
        "arrived", "商品到着後のお願い",
        _("商品が届いたころに、使い方と問い合わせ先を伝えます。"),
        "{name|お客様}様\n\n商品はお手元に届きましたでしょうか。\n"
        "はじめにご使用方法をお確かめのうえ、お使いください。\n"
        "気になることがありましたら、このトークからいつでもご相談いただけます。",
    ),
    ReadyMessage(
        "review", "レビューのお願い",
        _("使い始めて2週間ほどの会員に、感想をお願いします。"),
        "{name|お客様}様\n\nお使いになって、いかがでしょうか。\n"
        "よろしければ、次のフォームからご感想をお聞かせください。1分ほどで終わります。\n\n{form}",
        form=True,
    ),
    ReadyMessage(
        "again", "使い切る前の再購入のご案内",
        _("使い切るころの会員に、次の購入を案内します。"),
        "{name|お客様}様\n\nそろそろ、お手元の商品がなくなるころではないでしょうか。\n"
        "続けてお使いいただけるよう、お早めのご注文をおすすめします。",
    ),
    ReadyMessage(
        "paused", "休止中のお客様へ",
        _("定期購入を休止している会員に、再開の方法を伝えます。"),
        "{name|お客様}様\n\n定期便をお休みいただいてから、しばらくたちました。\n"
        "再開はいつでもできます。お届けの間隔や数量の変更も、このトークからお申し付けください。",
    ),
    ReadyMessage(
        "campaign", "キャンペーンのご案内",
        _("期間限定の企画を知らせます。"),
        "{name|お客様}様\n\nLINEのお友だちだけのキャンペーンをご用意しました。\n\n"
        "■期間　月　日（　）から　月　日（　）まで\n■内容　\n\nぜひこの機会にご利用ください。",
    ),
    ReadyMessage(
        "notice", "お知らせ",
        _("休業日やお届けの遅れなど、手続きの案内に使います。"),
        "いつもご利用ありがとうございます。\n\n■お知らせ\n\n■期間　\n\n"
        "ご不便をおかけしますが、よろしくお願いいたします。",
    ),
)  # fmt: skip


def find_ready_message(key: str) -> ReadyMessage | None:
    return next((ready for ready in READY if ready.key == key), None)
