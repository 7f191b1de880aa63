"""Mail addresses: as they are stored and matched. '' means that no mail can reach it.

Source: the address rules of docomo (no odd dots only since 2009-04-01) and au.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from members.normalize.text import normalize_text
from members.normalize.typos import suggest_domain

ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"


LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"


# Domains that exist on no public network; the library refuses the same ones.
SPECIAL = "(?:arpa|invalid|local|localhost|onion|test)"


ORDINARY_EMAIL = re.compile(
    rf"{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+(?!{SPECIAL}$)[a-z]{{2,}}"
)


# Until 2009 (docomo), or later (au), addresses could have dots anywhere; their owners still use them.
CARRIER_DOMAINS = re.compile(
    r"(?:docomo\.ne\.jp|docomo-camera\.ne\.jp|ezweb\.ne\.jp|[a-z0-9-]+\.ezweb\.ne\.jp|au\.com|softbank\.ne\.jp"
    r"|i\.softbank\.jp|[dhtckrnsq]\.vodafone\.ne\.jp|jp-[dhtckrnsq]\.ne\.jp|y!?mobile\.ne\.jp|ymobile1?\.ne\.jp"
    r"|yahoo\.ne\.jp|disney\.ne\.jp|disneymobile\.ne\.jp|willcom\.com|(?:[a-z0-9-]+\.)?pdx\.ne\.jp|wcm\.ne\.jp|emnet\.ne\.jp"
    r"|emobile\.ne\.jp|emobile-s\.ne\.jp|uqmobile\.jp|rakumail\.jp)"
)


CARRIER_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")


LONGEST_EMAIL = 254


def normalize_email(text: str) -> str:
    """Return the address in one width and lower case, or '' when no mail can reach it.

    「Ｈanako@Example.JP 」 becomes "hanako@example.jp".
    """
    address = normalize_text(text).lower()
    local, _at, domain = address.rpartition("@")
    if (
        len(address) <= LONGEST_EMAIL
        and len(domain) <= 63
        and "--" not in domain
        and ORDINARY_EMAIL.fullmatch(address)
    ):
        return address
    return normalize_carrier_email(local, domain) or normalize_rare_email(address)


def normalize_carrier_email(local: str, domain: str) -> str:
    """Return the address of a mobile carrier, which may break the rules of mail, or '' when it is none.

    a..b@docomo.ne.jp and .a.@ezweb.ne.jp exist; other systems write their first part in quotes.
    """
    if not CARRIER_DOMAINS.fullmatch(domain):
        return ""
    local = local[1:-1] if len(local) > 2 and local[0] == local[-1] == '"' else local
    return (
        f"{local}@{domain}"
        if CARRIER_LOCAL.fullmatch(local) and local.strip(".")
        else ""
    )


def normalize_rare_email(address: str) -> str:
    """Return what the library makes of an address of a rare form, or '' when it is not valid.

    Slower, but thorough. International domains are returned in their ASCII form.
    """
    if not 3 <= len(address) <= LONGEST_EMAIL or address.startswith('"'):
        return ""
    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError:
        return ""
    return (found.ascii_email or "").lower()


def clean_email(text: str) -> str:
    """Return the address as it is stored, in one width; '' passes.

    Raise ValidationError when no mail can reach it.
    """
    kept = normalize_text(text)
    if kept and not normalize_email(kept):
        raise ValidationError(
            _(
                "メールアドレスの形式が正しくありません。「hanako@example.jp」の形で入力してください。"
            ),
            code="email",
        )
    return kept


def suggest_email(text: str) -> str | None:
    """Suggest "hanako@gmail.com" for "hanako@gmial.com", or return None.

    A person must confirm it: a mistyped address is valid too.
    """
    local, at, domain = normalize_text(text).lower().rpartition("@")
    meant = suggest_domain(domain) if local and at else ""
    return f"{local}@{meant}" if meant else None
