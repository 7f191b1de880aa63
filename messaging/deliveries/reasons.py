"""Delivery states and reasons as the screens show them."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KINDS = {
    0: "info", 1: "busy", 2: "ok", 3: "neutral", 4: "bad", 5: "neutral", 6: "warn", 7: "warn", 8: "warn",
}  # fmt: skip
# What a waiting message waits for, instead of 予約中 or 送信中.
WAITING: dict[str, str | Promise] = {
    "broken": gettext_lazy("停止中"),
    "no_footer": gettext_lazy("停止中"),
    "retry": gettext_lazy("再試行待ち"),
    "rate": gettext_lazy("再試行待ち"),
    "quota": gettext_lazy("送信停止中"),
    "auth": gettext_lazy("送信停止中"),
    "from": gettext_lazy("送信停止中"),
    "later": gettext_lazy("再試行待ち"),
    "unreached": gettext_lazy("再試行待ち"),
}
REASONS: dict[str, str | Promise] = {
    "held": gettext_lazy(
        "回答のあと、カート連携が2回成功するまで待っています。連携できたら送りません。"
    ),
    "off": gettext_lazy(
        "配信時間に、ステップメッセージのステータスがオフでした。オンにするときに、送るかどうかを選べます。"
    ),
    "broken": gettext_lazy(
        "絞り込みの条件を読み取れません。ステップメッセージを編集して、絞り込みを保存し直してください。"
    ),
    "retry": gettext_lazy(
        "LINEから結果が返りませんでした。二重に届かないよう、同じ再試行キーで送り直します。"
    ),
    "rate": gettext_lazy(
        "LINEの送信速度の上限に達しました。少し待って自動で送ります。"
    ),
    "quota": gettext_lazy(
        "LINEの今月の送信数の上限に達しました。プランを見直してから、送信を再開してください。"
    ),
    "auth": gettext_lazy(
        "LINEがチャネルアクセストークンを受け付けません。LINEアカウントの設定を確認してから、送信を再開してください。"
    ),
    "blocked": gettext_lazy("会員がLINE公式アカウントをブロックしています。"),
    "not_friend": gettext_lazy("会員がLINE公式アカウントを友だち追加していません。"),
    "deleted": gettext_lazy("会員が削除されています。"),
    "opted_out": gettext_lazy("会員がLINEの受信を拒否しています。"),
    "no_line": gettext_lazy("会員のLINEがわかりません。"),
    "condition": gettext_lazy("配信時間に、絞り込みの条件に当てはまりませんでした。"),
    "segment": gettext_lazy(
        "配信時間に、絞り込みの保存した条件に当てはまりませんでした。"
    ),
    "refused": gettext_lazy("LINEが受け付けませんでした。"),
    "from": gettext_lazy(
        "メールサーバーが差出人のメールアドレスを受け付けません。メールアカウントの設定を直してから、送信を再開してください。"
    ),
    "later": gettext_lazy(
        "メールサーバーが今は受け付けません。同じMessage-IDで、間をあけて送り直します。"
    ),
    "unreached": gettext_lazy(
        "送信先のサーバーに接続できませんでした。つながりしだい、自動で送ります。"
    ),
    "gave_up": gettext_lazy(
        "3日間送り直しましたが、メールサーバーが受け付けませんでした。"
    ),
    "unsure": gettext_lazy(
        "送信の途中で応答がなくなり、届いたかどうかがわかりません。二重に届かないよう、自動では送り直しません。"
    ),
    "bounced": gettext_lazy(
        "このメールアドレスには届かないとわかっているため、送りませんでした。届くようになったら、停止を解除してください。"
    ),
    "returned": gettext_lazy(
        "送信したあとで、相手に届かなかったという通知が戻ってきました。"
    ),
    "suppressed": gettext_lazy(
        "オペレーターがこのメールアドレスへの送信を停止しています。"
    ),
    "unsubscribed": gettext_lazy(
        "受け取った人が、このメールアドレスへの配信を停止しています。"
    ),
    "reply_unsure": gettext_lazy(
        "LINEから結果が返らず、届いたかどうかがわかりません。二重に届かないよう、自動では送り直しません。"
    ),
    "mail_opted_out": gettext_lazy("会員がメールの受信を拒否しています。"),
    "no_email": gettext_lazy("会員のメールアドレスがわかりません。"),
    "no_footer": gettext_lazy(
        "広告のメールに入れる送信者の表示がありません。設定の「メールアカウント」の「送信者の表示」に入力すると、1時間以内に送ります。"
    ),
    "bad_address": gettext_lazy(
        "メールアドレスの形が正しくないため、送れませんでした。会員のメールアドレスを直してください。"
    ),
    "no_way": gettext_lazy("LINEの友だちではなく、メールアドレスもわかりません。"),
    "expired": gettext_lazy(
        "24時間たっても、届いたかどうかをLINEに確認できませんでした。届いたかどうかを調べてから、どちらかを選んでください。"
    ),
    "by_hand": gettext_lazy("オペレーターが送信済みにしました。"),
    "by_operator": gettext_lazy("オペレーターが予約を取り消しました。"),
    "switched_on": gettext_lazy(
        "オフの間に配信時間を過ぎたため、オンにするときに取り消しました。"
    ),
    "undone": gettext_lazy("一括タグ付けが元に戻されたため、取り消しました。"),
    "late": gettext_lazy(
        "きっかけを知ったときに、配信時間を24時間以上過ぎていたため、送りませんでした。"
    ),
    "stopped": gettext_lazy("停止条件に当てはまったため、取り消しました。"),
    "goal": gettext_lazy("ゴールに達したため、取り消しました。"),
    "restarted": gettext_lazy("新しいきっかけで最初から始まったため、取り消しました。"),
    "broadcast_stopped": gettext_lazy("一斉配信が停止されました。"),
    "scenario_deleted": gettext_lazy(
        "ステップメッセージが削除されたため、取り消しました。"
    ),
    "step_deleted": gettext_lazy("このメッセージがステップから削除されました。"),
}


# What a mail's reasons say differently.
MAIL_REASONS: dict[str, str | Promise] = {
    "retry": gettext_lazy(
        "メールサーバーから結果が返りませんでした。同じMessage-IDで1回だけ送り直します。"
    ),
    "auth": gettext_lazy(
        "メールサーバーがログインIDとパスワードを受け付けません。メールアカウントの設定を直してから、送信を再開してください。"
    ),
    "refused": gettext_lazy("相手のメールサーバーが受け付けませんでした。"),
}


def choose_state_kind(state: int, reason: str) -> str:
    return "warn" if state in (0, 1) and reason in WAITING else KINDS[state]


def describe_state(label: str, state: int, reason: str) -> str:
    return str(WAITING.get(reason, label)) if state in (0, 1) else label


def describe_reason(reason: str, said: str = "", channel: str = "line") -> str:
    """Return the reason in words; ``said``: the other side's own words."""
    mail = channel == "mail"
    words = str((mail and MAIL_REASONS.get(reason)) or REASONS.get(reason, ""))
    if not said:
        return words
    told = (
        _("%(words)sメールサーバーの返答：%(said)s")
        if mail
        else _("%(words)sLINEの返答：%(said)s")
    )
    return told % {"words": words, "said": said}
