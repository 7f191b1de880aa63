"""The mail that tells an operator what was changed about their login: to the address that was theirs until then."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators.models import Operator

# What was changed, by the action in the audit log.
CHANGES = {
    "login.password_changed": gettext_lazy("パスワードが変更されました。"),
    "login.password_reset": gettext_lazy("パスワードが再発行されました。"),
    "seat.reset_used": gettext_lazy(
        "ショップのオーナーが発行したコードで、パスワードが変更されました。"
    ),
    "login.email_changed": gettext_lazy("メールアドレスが変更されました。"),
    "login.id_changed": gettext_lazy("ログインIDか氏名が変更されました。"),
    "login.factor_added": gettext_lazy("二段階認証の方法が追加されました。"),
    "login.factor_removed": gettext_lazy("二段階認証の方法が削除されました。"),
    "login.codes_made": gettext_lazy("リカバリーコードが作り直されました。"),
    "login.codes_used": gettext_lazy("リカバリーコードでログインしました。"),
}


def send_change_mail(pk: int, email: str, action: str, at: str, address: str) -> None:
    """Mail what was changed, when and from where; at: ISO time."""
    operator = Operator.objects.filter(pk=pk).first()
    if not operator or not email:
        return
    with translation.override(operator.language):
        moment = parse_datetime(at) or timezone.now()
        text = render_to_string(
            "account/email/changed.txt",
            {
                "operator": operator,
                "change": CHANGES[action],
                "at": timezone.localtime(moment),
                "address": address,
                "support": settings.SUPPORT_EMAIL,
                "url": f"{settings.SITE_URL}/password/reset/",
            },
        )
        EmailMessage(
            _("【Tsunagi】ログイン情報の変更のお知らせ"),
            text,
            settings.DEFAULT_FROM_EMAIL,
            [email],
        ).send()
