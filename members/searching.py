"""Quick search: a name, an address, a number, in any width and spelling."""

import re
import unicodedata

from django.db.models import Q

from members.models import SearchText
from members.normalising import PHONE_NOISE, name_key, plain
from members.tidying import tidy_later

DIGITS = re.compile(r"\+?[0-9]{3,}")


def matching(text: str) -> Q:
    """Members whose name, LINE name, email or phone contains the text; blanks, width and variant kanji do not count."""
    text = plain(text)
    if not text:
        return Q()
    found = Q(line_name__icontains=unicodedata.normalize("NFKC", text)) | Q(email_key__contains=text.lower())
    if key := name_key(text):
        found |= Q(name_key__contains=key)
    digits = PHONE_NOISE.sub("", text)
    if DIGITS.fullmatch(digits):
        found |= Q(phone_e164__contains=digits.lstrip("+0")) if digits.lstrip("+0") else Q()
    return found


def keep_text(text: str) -> str:
    """Stores what was searched for and returns the random key that stands for it in URLs; '' for nothing."""
    text = plain(text)[:200]
    if not text:
        return ""
    tidy_later()
    return SearchText.objects.create(text=text).public_id


def kept_text(key: str) -> str:
    return SearchText.objects.filter(public_id=key).values_list("text", flat=True).first() or "" if key else ""
