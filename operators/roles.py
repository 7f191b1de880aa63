"""The roles of a seat and what each may do: one table."""

from django.db import models
from django.utils.translation import gettext_lazy as _

VIEW, EDIT, SEND = "view", "edit", "send"
CONNECT, MANAGE, EXPORT = "connect", "manage", "export"
RIGHT_LABELS = {
    VIEW: _("閲覧"),
    EDIT: _("会員・タグ・フォームの編集"),
    SEND: _("メッセージの設定と配信"),
    CONNECT: _("LINE・カートの接続設定"),
    MANAGE: _("メンバーと権限の管理"),
    EXPORT: _("会員データの書き出し"),
}


class Role(models.TextChoices):
    OWNER = "owner", _("店長")
    STAFF = "staff", _("スタッフ")
    VIEWER = "viewer", _("閲覧のみ")


RIGHTS = {
    Role.OWNER: {VIEW, EDIT, SEND, CONNECT, MANAGE, EXPORT},
    Role.STAFF: {VIEW, EDIT, SEND},
    Role.VIEWER: {VIEW},
}
