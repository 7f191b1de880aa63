"""The password of an exported file: what it must contain, and how strong it is, as texts."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operators import audit
from tenants.models import Tenant

# The shortest password unless the shop's owner allows less, the longest, and the lengths that an owner may choose.
DEFAULT_LENGTH, LONGEST = 12, 128
LENGTHS = (12, 10, 8, 6)
KINDS = (str.isdigit, str.isalpha, lambda sign: not sign.isalnum())


def clean_password(password: str, length: int = DEFAULT_LENGTH) -> str:
    """Return the password if it is allowed, else raise ValidationError.

    Letters, digits and signs of a keyboard are allowed, because every program that opens the file can type them.
    ``length``: the fewest characters.
    """
    if not (password.isascii() and password.isprintable()):
        raise ValidationError(
            _("使えない文字があります。半角の英字・数字・記号だけを使ってください。"),
            code="characters",
        )
    if len(password) > LONGEST:
        raise ValidationError(
            _("%(most)s文字以内で入力してください（いま%(given)s文字です）。")
            % {"most": LONGEST, "given": len(password)},
            code="length",
        )
    if len(password) < length:
        raise ValidationError(
            _("%(length)s文字以上で入力してください（いま%(given)s文字です）。")
            % {"length": length, "given": len(password)},
            code="length",
        )
    if not all(any(map(kind, password)) for kind in KINDS):
        raise ValidationError(
            _("英字・数字・記号を、それぞれ1文字以上入れてください。"), code="kinds"
        )
    return password


def describe_password_strength(
    password: str, length: int = DEFAULT_LENGTH
) -> tuple[str, str]:
    """Return (kind of badge, text) for the password as it is typed so far."""
    try:
        clean_password(password, length)
    except ValidationError as error:
        return "bad", error.messages[0]
    if len(set(password)) < 8 or len(password) < DEFAULT_LENGTH:
        return "warn", _("弱い：推測されにくい言葉を足してください。")
    return ("ok", _("強い")) if len(password) >= 16 else ("ok", _("十分"))


@transaction.atomic
def set_shortest_password_length(tenant: Tenant, length: int) -> None:
    """Set the length of the shortest password of the shop's files from now on, one of LENGTHS."""
    before, tenant.export_password_length = tenant.export_password_length, length
    tenant.save(update_fields=["export_password_length"])
    audit.record_action(
        "members.export_password_length_changed", tenant, before=before, after=length
    )
