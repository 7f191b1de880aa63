"""Why a mailbox could not be read: cause and remedy of each code, as one sentence each."""

from django.utils.translation import gettext as _


def describe_trouble(code: str) -> str:
    texts = {
        "": "",
        "unreachable": _("メールサーバーにつながりません。サーバー名とポート番号を確かめてください。"),
        "slow": _("メールサーバーの応答に時間がかかりすぎました。自動でやり直します。"),
        "busy": _("ほかのソフトがメールボックスを使っています。自動でやり直します。"),
        "crowded": _("ほかの接続の確認がまだ終わっていません。10秒ほど待って、もう一度テストしてください。"),
        "unknown_host": _("サーバー名が見つかりません。入力を確かめてください。"),
        "private_host": _("このサーバー名は、インターネットのメールサーバーではありません。"),
        "port": _("ポート番号は143・993・995のどれかです。"),
        "insecure": _("暗号化されない接続は使えません。SSL/TLSかSTARTTLSを選んでください。"),
        "certificate": _("メールサーバーの証明書が正しくありません。サーバー名を確かめてください。"),
        "not_tls": _("このポートではSSL/TLSで接続できません。ポート番号と暗号化の組み合わせを確かめてください。"),
        "no_starttls": _("メールサーバーがSTARTTLSに対応していません。SSL/TLS（993番）を選んでください。"),
        "login": _("ユーザー名またはパスワードが正しくありません。IMAPの利用が許可されているかも確かめてください。"),
        "folder": _("フォルダーが見つかりません。名前を確かめてください。"),
        "no_uidl": _("このPOP3サーバーは、メールの識別（UIDL）に対応していません。IMAPを使ってください。"),
    }  # fmt: skip
    return texts.get(
        code, _("原因のわからないエラーです。サポートへ連絡してください。")
    )
