"""スマホ連携: an operator proves by a one-time code that a LINE friend of the shop's account is theirs."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from members.models import Member, TagBatch
from members.tags.assign import tag_members, untag_members
from members.tags.names import get_or_create_tag
from messaging.models import LineAccount
from notifications.models import OperatorLine, PhoneCode
from operators import audit
from operators.models import Operator
from operators.notify import notify
from tenants.fields import ALPHABET

# Data of the shop, the same in every language.
STAFF_TAG = gettext_noop("スタッフ")
# The kind of notice.
PHONE_ENDED = "notice.phone_ended"
CODE_LETTERS, CODE_LIFE = 8, timedelta(minutes=10)


@transaction.atomic
def make_phone_code(operator: Operator) -> str:
    """Make the code that the operator sends to the shop's LINE account within ten minutes; an older one is void."""
    code = "".join(secrets.choice(ALPHABET) for _n in range(CODE_LETTERS))
    PhoneCode.objects.update_or_create(
        operator=operator,
        defaults={
            "digest": compute_digest(code),
            "expires_at": timezone.now() + CODE_LIFE,
        },
    )
    audit.record_action("notice.phone_code_made", operator)
    return code


def compute_digest(text: str) -> str:
    return hashlib.sha256(text.strip().lower().encode()).hexdigest()


def link_phone_by_code(account: LineAccount, user_id: str, text: str) -> bool:
    """Link the friend who wrote an operator's code to that operator; return whether it was one.

    The friend is tagged スタッフ, so that conditions can leave staff out.
    """
    if len(text.strip()) != CODE_LETTERS:
        return False
    code = (
        PhoneCode.objects.select_related("operator")
        .filter(digest=compute_digest(text), expires_at__gt=timezone.now())
        .first()
    )
    if not code:
        return False
    OperatorLine.objects.update_or_create(
        operator=code.operator, defaults={"account": account, "line_user_id": user_id}
    )
    staff = Member.objects.filter(line_user_id=user_id)
    tag_members(get_or_create_tag(STAFF_TAG), staff, TagBatch.Source.OPERATOR)
    audit.record_action("notice.phone_linked", code.operator)
    code.delete()
    return True


@transaction.atomic
def unlink_phone(operator: Operator) -> bool:
    """End the operator's スマホ連携 and take the tag スタッフ off; return whether there was one."""
    phone = OperatorLine.objects.filter(operator=operator).first()
    if not phone:
        return False
    delete_phone(phone)
    audit.record_action("notice.phone_unlinked", operator)
    return True


def drop_unfollowed_phone(account: LineAccount, user_id: str) -> None:
    """End the スマホ連携 of a friend who blocked the account, and tell the operator by the other ways."""
    phones = OperatorLine.objects.select_related("operator")
    for phone in phones.filter(account=account, line_user_id=user_id):
        delete_phone(phone)
        audit.record_action("notice.phone_unlinked", phone.operator, unfollowed=True)
        notify(PHONE_ENDED, operator=phone.operator, ways=["bell", "mail"])


def delete_phone(phone: OperatorLine) -> None:
    """Delete the link, and take the tag off unless another operator has the same friend."""
    phone.delete()
    if not OperatorLine.objects.filter(line_user_id=phone.line_user_id).exists():
        staff = Member.objects.filter(line_user_id=phone.line_user_id)
        untag_members(get_or_create_tag(STAFF_TAG), staff, TagBatch.Source.OPERATOR)


def list_staff_line_ids() -> QuerySet[Any]:
    """Return the LINE user ids of the operators' phones: staff is no audience, and in no figure about customers."""
    return OperatorLine.objects.values("line_user_id")


def build_code_url(account: LineAccount, code: str) -> str:
    """Return the address that opens the talk with the account, the code typed already; "" without a basic id."""
    if not account.basic_id:
        return ""
    return f"https://line.me/R/oaMessage/{quote(account.basic_id, safe='')}/?{code}"
