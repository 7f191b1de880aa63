"""The roles of a seat and what each may do: one table, which the page of the operators and a test show as it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

VIEW, EDIT, SEND = "view", "edit", "send"
CONNECT, MANAGE, EXPORT = "connect", "manage", "export"
PERSONAL, REVEAL = "personal", "reveal"
RPA_LIVE, SETTINGS = "rpa_live", "settings"
RIGHT_LABELS = {
    VIEW: _("閲覧"),
    PERSONAL: _("個人情報の表示"),
    REVEAL: _("伏せた個人情報を1名ずつ表示"),
    EDIT: _("会員・タグ・フォームの編集"),
    SEND: _("メッセージの設定と配信"),
    EXPORT: _("会員データの書き出し"),
    RPA_LIVE: _("RPAの本番実行"),
    CONNECT: _("LINE・カートの接続設定"),
    SETTINGS: _("ショップの設定"),
    MANAGE: _("メンバーと権限の管理"),
}
# What an operator may be given, or be refused, whatever the role says.
SINGLE_RIGHTS = (PERSONAL, REVEAL, SEND, EXPORT, RPA_LIVE, CONNECT, SETTINGS)

# What is posted with these changes the shop.
CHANGING = frozenset({EDIT, SEND, CONNECT, RPA_LIVE, SETTINGS, MANAGE})


class Role(models.TextChoices):
    OWNER = "owner", _("オーナー")
    MANAGER = "manager", _("店長")
    STAFF = "staff", _("スタッフ")
    VIEWER = "viewer", _("閲覧のみ")


RIGHTS = {
    Role.OWNER: {VIEW, PERSONAL, REVEAL, EDIT, SEND, EXPORT, RPA_LIVE, CONNECT, SETTINGS, MANAGE},
    Role.MANAGER: {VIEW, PERSONAL, REVEAL, EDIT, SEND, EXPORT, RPA_LIVE, SETTINGS, MANAGE},
    Role.STAFF: {VIEW, PERSONAL, REVEAL, EDIT, SEND},
    Role.VIEWER: {VIEW},
}  # fmt: skip
# Whom a role with the right to manage may invite, change and remove.
MANAGES = {
    Role.OWNER: frozenset(Role),
    Role.MANAGER: frozenset({Role.STAFF, Role.VIEWER}),
}
# What somebody of the platform who looks in for support sees; nothing is posted with these.
SUPPORT_LABEL = _("サポート")
SUPPORT_RIGHTS = frozenset({VIEW, CONNECT, SETTINGS, MANAGE})
