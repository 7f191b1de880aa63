"""Why the robot waits at a login: cause and remedy of each code."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TROUBLES: dict[str, tuple[str | Promise, str | Promise]] = {
    "no_browser": (
        _("ブラウザーを動かすプログラム（Chromium）が、このサーバーにありません。"),
        _("サーバーの管理者に、Chromiumを入れるよう依頼してください。申請は待っています。"),
    ),
    "login_refused": (
        _("管理画面にログインできません。"),
        _("ログインIDとパスワードを確かめて保存してください。申請は待っています。"),
    ),
    "second_factor": (
        _("ログインで、ロボットが答えられない2段階認証を求められました。"),
        _("認証アプリの鍵とサーバーの時刻を確かめるか、2段階認証のいらないログインを使ってください。申請は待っています。"),
    ),
    "unreachable": (
        _("管理画面に接続できません。"),
        _("URLを確かめてください。待っている申請があれば、1分ごとに試します。"),
    ),
    "captcha": (
        _("ログインで、画像認証を求められました。"),
        _("一度人がログインし、画像認証が出なくなったら「ログインを試す」を押してください。申請は待っています。"),
    ),
}  # fmt: skip
