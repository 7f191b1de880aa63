"""How a key stands in the evidence: recognisable to who knows it, useless to others."""

from members.normalize.phones import format_national_phone
from rpa.models import SearchKey


def mask_value(key: str, value: str) -> str:
    """Return 「h***@example.jp」, 「090-****-5678」, 「佐＊＊＊」; "" stays ""."""
    if not value:
        return ""
    if key == SearchKey.EMAIL:
        local, _at, domain = value.partition("@")
        return f"{local[:1]}***@{domain}"
    if key == SearchKey.PHONE:
        shown = format_national_phone(value)
        return f"{shown[:3]}-****-{shown[-4:]}"
    return value[:1] + "＊" * max(len(value) - 1, 1)
