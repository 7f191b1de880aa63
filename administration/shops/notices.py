"""What owners are told about the trial and the plan of their shop."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from operators.models import Notice
from operators.notify import NoticeText

PAGE = "administration:plan"


def format_day(text: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATE_FORMAT")


def describe_ends(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    title = _("お試し期間がまもなく終わります")
    detail = _(
        "%(day)sに終わります。続けてお使いになるには、正式利用をお申し込みください。"
    )
    return {
        each.pk: NoticeText(
            title, detail % {"day": format_day(each.data["ends"])}, PAGE
        )
        for each in notices
    }


def describe_ended(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    title = _("お試し期間が終わりました")
    detail = _(
        "送信を停止し、変更できない状態にしました。データは%(day)sまで保管します。それまでに正式利用を申し込むと、そのまま続けられます。"
    )
    return {
        each.pk: NoticeText(
            title, detail % {"day": format_day(each.data["kept_until"])}, PAGE
        )
        for each in notices
    }


def describe_decided(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    return {
        each.pk: NoticeText(
            _("正式利用のお申し込みを承認しました")
            if each.data["accepted"]
            else _("正式利用のお申し込みを見送りました"),
            each.data["answer"],
            PAGE,
        )
        for each in notices
    }
