"""The second factor: TOTP, passkeys and recovery codes by allauth.mfa, stored encrypted, each code good for one use."""

import time
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.secrets import get_cipher

# What proves a second factor by itself; recovery codes stand in for one of them.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# What of a row's data is encrypted: the app's secret, and what recovery codes are made from.
ENCRYPTED = {"secret", "seed"}
STEP_SECONDS = 30
ACCEPTED_STEPS = (-1, 0, 1)  # a phone's clock may be half a minute off


class MFAAdapter(DefaultMFAAdapter):
    """allauth's hooks: the secret's encryption, and names and errors in the operator's words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "コードが違うか、すでに使われています。新しいコードが表示されるまで待ち、もう一度入力してください。"
        ),
        "cannot_generate_recovery_codes": gettext_lazy(
            "先に、認証アプリかパスキーを登録してください。"
        ),
    }

    def encrypt(self, text: str) -> str:
        return get_cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return get_cipher().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """Draw the QR code as an SVG of attributes only, on white in both themes: cameras want dark on light."""
        return str(segno.make(url, error="m").svg_inline(scale=5, light="#fff"))

    def generate_authenticator_name(
        self, user: AbstractBaseUser, type: Authenticator.Type
    ) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("パスキー%(number)s") % {"number": count + 1}


def has_second_factor(operator: AbstractBaseUser) -> bool:
    """Return whether the operator has registered an app or a passkey."""
    return Authenticator.objects.filter(user_id=operator.pk, type__in=FACTORS).exists()


@transaction.atomic
def claim_totp_code(authenticator: Authenticator, code: str) -> bool:
    """Use up this code of the app and return True; False where it, or a later one, was used before."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = MFAAdapter().decrypt(row.data["secret"])
    now = int(time.time()) // STEP_SECONDS
    typed = "".join(sign for sign in code if sign.isdigit())
    matching = [
        now + step
        for step in ACCEPTED_STEPS
        if totp.format_hotp_value(totp.hotp_value(secret, now + step)) == typed
    ]
    if not matching or matching[0] <= row.data.get("last_step", 0):
        return False
    row.data["last_step"] = matching[0]
    row.save(update_fields=["data"])
    return True


@transaction.atomic
def rotate_factors() -> int:
    """Encrypt what proves the second factors with the newest key; return how many rows there are."""
    cipher, count = get_cipher(), 0
    for row in Authenticator.objects.select_for_update():
        for name in ENCRYPTED & set(row.data):
            row.data[name] = cipher.rotate(row.data[name].encode()).decode()
        row.save(update_fields=["data"])
        count += 1
    return count


def list_factors(operator: AbstractBaseUser) -> dict[str, Any]:
    """Return what the account page shows: the app, the passkeys and how many recovery codes are left."""
    found = list(Authenticator.objects.filter(user_id=operator.pk).order_by("pk"))
    by_type = {one.type: one for one in found}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "totp": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [one for one in found if one.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
    }
