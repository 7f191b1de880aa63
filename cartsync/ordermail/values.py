"""What an order mail says, field by field, and how its text becomes a value. All of it is ours: no shop's patterns."""

import re
import unicodedata
from datetime import datetime, tzinfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.normalize.emails import normalize_email
from members.normalize.names import clean_name
from members.normalize.phones import normalize_phone


class MailField(models.TextChoices):
    """What is read of a mail."""

    NUMBER = "number", _("注文番号")
    ORDERED_AT = "ordered_at", _("注文日時")
    NAME = "name", _("注文者名")
    EMAIL = "email", _("メールアドレス")
    PHONE = "phone", _("電話番号")
    PRODUCTS = "products", _("商品")
    TOTAL = "total", _("金額")


# As which the subject stands before the text in which anchors are looked for.
SUBJECT_LINE = "件名："
LONGEST_NUMBER = 60
MOST_PRODUCTS = 50
LONGEST_PRODUCT = 200
# 山田様, 山田 さま, 山田様（ヤマダ様）: who writes to them adds 様 again.
HONORIFIC = re.compile(r"[\s　]*(?:様|さま|サマ|殿)$")
READING = re.compile(r"[（(][^（()）]{1,60}[)）][\s　]*(?:様|さま|殿)?$")
DAY = re.compile(r"(?:(\d{4})|(令和|R)(\d{1,2}|元))[年/.\-](\d{1,2})[月/.\-](\d{1,2})")
CLOCK = re.compile(r"(午前|午後)?(\d{1,2})[:時](\d{1,2})(?:[:分](\d{1,2}))?")
ADDRESS = re.compile(
    r"[^\s<>()\[\]（）「」『』,;、：:\"']+@[^\s<>()\[\]（）「」『』,;、：:\"']+"
)
AMOUNT = re.compile(r"\d[\d,]*")
# What a line of products begins with that is no part of the name.
BULLETS = "・■□●○◆◇*-－―=＝_ 　"


def parse_order_number(text: str) -> str:
    """Return the order's number, without brackets around it; "" for what is none."""
    number = unicodedata.normalize("NFKC", text).strip().strip("[]()「」【】<>#＃:： ")
    return number if len(number) <= LONGEST_NUMBER and " " not in number else ""


def parse_buyer(text: str) -> str:
    """Return the name without 様 and without the reading in brackets behind it."""
    name = clean_name(text)
    for pattern in (HONORIFIC, READING, HONORIFIC):
        name = pattern.sub("", name).strip()
    return name[:200]


def parse_email(text: str) -> str:
    """Return the address in it, as it is stored; "" when no mail can reach it."""
    for found in ADDRESS.findall(unicodedata.normalize("NFKC", text)):
        address: str = found.removeprefix("mailto:").rstrip(".")
        if normalize_email(address):
            return address
    return ""


def parse_phone(text: str) -> str:
    """Return the number as it was written; "" when nobody can be called by it."""
    written = unicodedata.normalize("NFKC", text).strip()
    return written[:40] if normalize_phone(written) else ""


def parse_products(texts: list[str]) -> list[str]:
    """Return the lines that name products, in their order; rules and blank lines are left out."""
    lines = (
        line.strip().lstrip(BULLETS).strip()
        for text in texts
        for line in text.split("\n")
    )
    return [line[:LONGEST_PRODUCT] for line in lines if line][:MOST_PRODUCTS]


def parse_total(text: str) -> int | None:
    """Return the yen in 「￥12,800（税込）」."""
    found = AMOUNT.search(unicodedata.normalize("NFKC", text))
    return int(found[0].replace(",", "")) if found and len(found[0]) <= 14 else None


def parse_moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment in 「2026年11月30日(月) 10時05分」, in the shop's zone; None without a day.

    A day without a time is its midnight.
    """
    written = unicodedata.normalize("NFKC", text)
    written = re.sub(r"\s+", " ", written).replace("年 ", "年").replace("月 ", "月")
    day = DAY.search(written)
    if not day:
        return None
    year = int(day[1]) if day[1] else 2018 + (1 if day[3] == "元" else int(day[3]))
    clock = CLOCK.search(written, day.end())
    hour = int(clock[2]) if clock else 0
    if clock and clock[1] == "午後" and hour < 12:
        hour += 12
    minute, second = (int(clock[3]), int(clock[4] or 0)) if clock else (0, 0)
    try:
        return datetime(
            year, int(day[4]), int(day[5]), hour, minute, second, tzinfo=zone
        )
    except ValueError:
        return None
