"""What went wrong with a cart, in words: cause and remedy of each code that a call ends with (outbound/errors.py)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Trouble:
    cause: Promise
    remedy: Promise


TROUBLES = {
    "unreachable": Trouble(
        _("カートにつながりません。"),
        _("しばらくすると自動でやり直します。続くときは接続先URLを確かめてください。"),
    ),
    "slow": Trouble(
        _("カートの応答に時間がかかりすぎました。"),
        _("しばらくすると自動でやり直します。"),
    ),
    "busy": Trouble(
        _("カートが混み合っています（アクセス回数の上限）。"),
        _("カートが指定した時間を待ってやり直します。"),
    ),
    "crowded": Trouble(
        _("このショップでは、ほかの接続の確認がまだ終わっていません。"),
        _("10秒ほど待って、もう一度確かめてください。"),
    ),
    "broken": Trouble(
        _("カート側でエラーが起きています。"),
        _(
            "しばらくすると自動でやり直します。続くときはカートの障害情報を確かめてください。"
        ),
    ),
    "unreadable": Trouble(
        _("カートの応答を読み取れません。"),
        _("接続先URLがカートの管理画面のドメインか確かめてください。"),
    ),
    "incomplete": Trouble(
        _("カートが数えた件数と、実際に届いた件数が違います。"),
        _(
            "届いた分は保存しました。抜けた行がないように、同じ期間を自動で読み直します。続くときはサポートへ連絡してください。"
        ),
    ),
    "endless": Trouble(
        _("カートが同じページを返し続けます。"),
        _(
            "読み込みを止め、最初からやり直します。続くときは、ページ送りの設定を確かめるか、サポートへ連絡してください。"
        ),
    ),
    "unsupported": Trouble(
        _("このカートは、その操作に対応していません。"),
        _("カートの管理画面で操作してください。"),
    ),
    "unconfirmed": Trouble(
        _("変更を送りましたが、カートで確かめられません。"),
        _(
            "もう一度は送りません。カートの管理画面で今の状態を確かめ、必要なら手で変更してください。"
        ),
    ),
    "folder": Trouble(
        _("監視フォルダーを読み書きできません。"),
        _("フォルダーの権限とディスクの空きを、サーバーの管理者に確かめてください。"),
    ),
    "too_large": Trouble(
        _("カートの応答が大きすぎます。"),
        _("接続先URLを確かめ、続くときはサポートへ連絡してください。"),
    ),
    "refused": Trouble(
        _("APIトークンが受け付けられません。"),
        _("カートの管理画面でトークンを確かめ、設定に入れ直してください。"),
    ),
    "unapproved": Trouble(
        _("カートの許可がまだないか、期限が切れています。"),
        _(
            "このカートのページで「許可する」を押し、カートの管理画面で許可してください。"
        ),
    ),
    "forbidden": Trouble(
        _("このAPIトークンには読み取りの権限がありません。"),
        _("カートの管理画面で、顧客・受注・定期受注の閲覧を許可してください。"),
    ),
    "not_found": Trouble(
        _("接続先URLにカートのAPIがありません。"),
        _("URLを確かめ、外部サービスAPIの契約が有効か確かめてください。"),
    ),
    "redirected": Trouble(
        _("接続先URLが別のURLへ転送されました。"),
        _("転送先のドメインを接続先URLに入れてください。"),
    ),
    "insecure": Trouble(
        _("接続先URLが安全ではありません。"),
        _("https:// で始まる、公開されているドメインを入れてください。"),
    ),
    "unknown_host": Trouble(
        _("接続先URLのドメインが見つかりません。"), _("つづりを確かめてください。")
    ),
    "rejected": Trouble(
        _("カートがこの検索を受け付けません。"), _("サポートへ連絡してください。")
    ),
}


def get_trouble(code: str) -> Trouble | None:
    return TROUBLES.get(code)
