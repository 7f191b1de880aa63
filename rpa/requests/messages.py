"""What the customer hears at each turn: by LINE where the shop knows them there, else by mail, through the ledger."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.models import Member
from messaging.accounts.senders import NoSender
from messaging.content.make import make_mail_content, make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Content, Delivery
from rpa.evidence.record import record_step
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.patience import get_offer_end
from rpa.public.keys import build_key
from tenants.realms import build_realm_url

LANGUAGE = "ja"  # the customers', whatever the operator reads
RECEIVED, OFFERED, DONE = "received", "offered", "done"
REFUSED, PERSON = "refused", "person"


def notify_customer(request: CancellationRequest, turn: str) -> Delivery | None:
    """Book the message of this turn, once, inside the caller's transaction; None where nobody is told.

    A rehearsal tells nobody. Nothing fails because the shop has no account to send by.
    """
    settings = RpaSettings.load()
    if not (settings.tells_customers and settings.is_live):
        return None
    with translation.override(LANGUAGE):
        subject, text = write_message(request, turn)
    key = f"rpa:{request.public_id}:{turn}"
    recipient: dict[str, Any]
    content: Callable[[], Content]
    if request.member and is_friend(request.member):
        recipient, content = (
            {"member": request.member},
            partial(make_text_content, text),
        )
    elif email := request.given.get("email"):
        recipient, content = (
            {"address": email},
            partial(make_mail_content, subject, text),
        )
    else:
        return None
    try:
        with transaction.atomic():  # without a sender no content stays behind
            booked = book_message(
                request.tenant,
                source=Delivery.Source.NOTICE,
                content=content(),
                key=key,
                **recipient,
            )
    except NoSender:
        return None
    record_step(request, "told", turn=turn, channel=booked.channel)
    return booked


def is_friend(member: Member) -> bool:
    return bool(member.line_user_id) and member.line_state == Member.LineState.FRIEND


def write_message(request: CancellationRequest, turn: str) -> tuple[str, str]:
    """Return subject and text: what happened, then the receipt with number, time and content."""
    kind = CancellationRequest.Kind(request.kind).label
    subject = {
        RECEIVED: _("「%(kind)s」のお申し込みを受け付けました"),
        OFFERED: _("「%(kind)s」のお手続きをお選びください"),
        DONE: _("「%(kind)s」のお手続きが完了しました"),
        REFUSED: _("「%(kind)s」のお手続きについて"),
        PERSON: _("「%(kind)s」のお申し込みを担当者が確認しています"),
    }[turn] % {"kind": kind}
    contact = list_contact_lines(RpaSettings.load())
    at = format_moment(request.received_at)
    receipt = [
        _("受付番号：%(number)s") % {"number": request.public_id},
        _("受付日時：%(at)s") % {"at": at},
        _("お手続き：%(kind)s") % {"kind": kind},
    ]
    if product := request.before.get("product") or request.product:
        receipt.append(_("商品：%(product)s") % {"product": product})
    return subject, "\n".join(
        [
            _("%(subject)s。") % {"subject": subject},
            write_body(request, turn),
            "",
            *receipt,
            *(["", *contact] if contact else []),
        ]
    )


def write_body(request: CancellationRequest, turn: str) -> str:
    if turn == OFFERED:
        return write_offer(request)
    if turn == REFUSED:
        return write_refusal(request.why)
    return {
        RECEIVED: _("結果は、あらためてご連絡します。"),
        DONE: _("ご利用いただき、ありがとうございました。"),
        PERSON: _("確認が終わりましたら、ご連絡します。"),
    }[turn]


def write_offer(request: CancellationRequest) -> str:
    """Return where the customer goes on or takes the offer, and until when; the address is theirs alone."""
    end = get_offer_end(request)
    url = build_realm_url(
        "public", request.tenant, "rpa_public:receipt", [build_key(request)]
    )
    return _(
        "このまま解約できます。お休みなどもご案内していますので、次のページでお選びください。"
        "お返事がないときは、%(at)sに解約のお手続きを進めます。\n%(url)s"
    ) % {"at": format_moment(end) if end else "", "url": url}


def list_contact_lines(settings: RpaSettings) -> list[str]:
    """Return how else somebody can cancel: by phone and on the web."""
    lines = []
    if settings.contact_phone:
        told = {"phone": settings.contact_phone, "hours": settings.contact_hours}
        words = _("お電話：%(phone)s")
        lines.append(
            (_("お電話：%(phone)s（%(hours)s）") if settings.contact_hours else words)
            % told
        )
    if settings.contact_url:
        lines.append(_("Web：%(url)s") % {"url": settings.contact_url})
    return lines


def write_refusal(why: str) -> str:
    """Return what a refusal says to the customer, in the shop's own words or ours: why, and what they can do."""
    if own := RpaSettings.load().refusal_texts.get(why):
        return str(own)
    texts = {
        "refused_product": _(
            "この商品のお手続きは、こちらでは承っていません。ショップへお問い合わせください。"
        ),
        "too_late": _(
            "次回のお届け日が近いため、今回は承れませんでした。"
            "次回のお届けのあとに、もう一度お申し込みください。"
        ),
        "obliged": _(
            "お約束の回数のお届けが残っているため、今は承れませんでした。"
            "残りの回数は、ショップへお問い合わせください。"
        ),
        "in_shipment": _(
            "発送の準備を始めているため、今は承れませんでした。"
            "お届けのあとに、もう一度お申し込みください。"
        ),
    }
    return texts.get(why) or _("今は承れませんでした。ショップへお問い合わせください。")
