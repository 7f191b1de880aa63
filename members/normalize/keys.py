"""Keys that are matched, made from text that is shown. '' means that the text cannot be used for matching.

Sources: phonenumbers' metadata for Japan; the address rules of docomo (no odd dots only since 2009-04-01) and au.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from members.normalize.kanji_variants import VARIANTS
from members.normalize.typos import suggest_domain

INVISIBLE = dict.fromkeys(
    [
        0xAD,
        0x180E,
        0xFEFF,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    ]
)
SELECTORS = dict.fromkeys(
    [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x180E)]
)


# What joins emoji and letters; every other invisible character may go.
JOINERS = (0x200C, 0x200D)
UNSEEN = {code: None for code in INVISIBLE if code not in JOINERS}
# Signs that one key stands for: Shift_JIS has one of each pair, and programs disagree about which one it is.
SAME_SIGNS = str.maketrans("〜−‖—", "~-∥―")


def clean_typed_text(text: str) -> str:
    """Return the text as it was typed, without what nobody sees and without blanks at its ends.

    This is the form in which notes are stored: ² ½ ① 👨‍👩‍👧 and rare kanji stay. Keys alone are normalized.
    """
    return (
        (text if text.isascii() else text.translate(UNSEEN)).replace("\0", "").strip()
    )


def clean_name(text: str) -> str:
    """Return a name as it was typed, with one ordinary blank wherever there are blanks or line breaks."""
    return " ".join(clean_typed_text(text).split())


def normalize_text(text: str) -> str:
    """Return the text in one width, without invisible characters and without blanks at its ends.

    This is the form in which text is compared, and in which contacts are stored.
    """
    text = (
        text
        if text.isascii()
        else unicodedata.normalize("NFKC", text).translate(INVISIBLE)
    )
    return text.replace("\0", "").strip()


# ---------------------------------------------------------------- telephone
PHONE_NOISE = re.compile(r"[\s\-‐‑‒–—―−ー─━~〜・･.()\[\]/]+")
# Subscriber numbers of mobiles never begin with 0; 060 was opened in 2026.
MOBILE = re.compile(r"(?:0|\+81|0081)([6789]0[1-9][0-9]{7})")
MOBILE_E164 = re.compile(r"\+81([6789]0)([0-9]{4})([0-9]{4})")
LONGEST_PHONE = 40


def normalize_phone(text: str) -> str:
    """Return the number in E.164 form, or '' when it is no valid number.

    「０９０・1234－5678」, "0081 90…" and "9012345678", whose 0 got lost, all become "+819012345678".
    """
    cleaned = PHONE_NOISE.sub("", normalize_text(text))
    mobile = MOBILE.fullmatch(cleaned)
    return f"+81{mobile[1]}" if mobile else normalize_rare_phone(cleaned)


def normalize_rare_phone(cleaned: str) -> str:
    """Return what the library makes of the number: slower, but it knows every valid one.

    A number that names no country is taken for a Japanese one. '' when it is not valid.
    """
    if len(cleaned) > LONGEST_PHONE or not any(c.isdigit() for c in cleaned):
        return ""
    try:
        number = phonenumbers.parse(re.sub(r"^(?:00|010)81", "+81", cleaned), "JP")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(4096)
def format_national_phone(e164: str) -> str:
    """Format an E.164 number for reading: "+819012345678" becomes "090-1234-5678".

    Numbers of other countries stay international; '' stays ''.
    """
    if mobile := MOBILE_E164.fullmatch(e164):
        return f"0{mobile[1]}-{mobile[2]}-{mobile[3]}"
    if not e164.startswith("+"):
        return e164
    number = phonenumbers.parse(e164)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        number, style.NATIONAL if number.country_code == 81 else style.INTERNATIONAL
    )


def clean_phone(text: str) -> str:
    """Return the number as it is stored, in one width; '' passes.

    Raise ValidationError when nobody can be called by it.
    """
    kept = normalize_text(text)
    if kept and not normalize_phone(kept):
        raise ValidationError(
            _(
                "電話番号として使えない番号です。「090-1234-5678」のように、市外局番から半角または全角の数字で入力してください。"
            ),
            code="phone",
        )
    return kept


# ---------------------------------------------------------------- mail
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


# ---------------------------------------------------------------- names
# Where a keyboard has no ー at hand, people type a dash of full width.
LONG_VOWEL = re.compile("(?<=[ぁ-ゖァ-ヺーｦ-ﾟ])[－−―—─‐‑‒–]")
NAME_NOISE = re.compile(r"[\s・･.,'’\-‐]+")
# Hiragana, small ヵ and ヶ, which people write large, and the signs that are one.
KATAKANA = {
    **{code: code + 0x60 for code in range(0x3041, 0x3097)},
    **dict.fromkeys(map(ord, "ゕヵ"), ord("カ")),
    **dict.fromkeys(map(ord, "ゖヶ"), ord("ケ")),
    **SAME_SIGNS,
}


def normalize_name(text: str) -> str:
    """Return the form in which names are compared: 「髙橋　花子」 becomes 「高橋花子」.

    No blanks, no variation selectors, one form of each kanji, katakana in place of hiragana.
    """
    return fold_name(text).translate(VARIANTS)[:200]


def fold_name(text: str) -> str:
    text = LONG_VOWEL.sub("ー", text)
    text = (
        unicodedata.normalize("NFKC", text.translate(SELECTORS))
        .translate(INVISIBLE)
        .replace("\0", "")
    )
    text = NAME_NOISE.sub(
        "", unicodedata.normalize("NFKC", text.casefold().translate(KATAKANA))
    )
    return unicodedata.normalize("NFKC", text)


def normalize_label(text: str) -> str:
    """Return the form in which names of tags are compared: width, case and runs of blanks do not count.

    Nor does it count which of two signs that look the same stands there: 〜 or ～.
    """
    folded = unicodedata.normalize("NFKC", normalize_text(text).casefold())
    return " ".join(folded.translate(SAME_SIGNS).split())[:200]
