"""How the columns of a member are typed, shown, and told from the history, which holds them as JSON."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.normalize.birthdays import Birthday
from members.normalize.names import clean_name
from members.normalize.phones import format_national_phone, normalize_phone


def parse_name(text: str) -> str:
    name = clean_name(text)
    if len(name) > 200:
        raise ValidationError(
            _("氏名が長すぎます。200文字以内で入力してください。"), code="max_length"
        )
    return name


def show_phone(of: Any) -> str:
    """Return the number as everybody writes it; what cannot be used stays as it came."""
    return format_national_phone(of.phone_e164) or str(of.phone)


def show_old_phone(value: str) -> str:
    return format_national_phone(normalize_phone(value)) or value


def show_birthday(of: Any) -> str:
    return str(Birthday(of.birthday, of.birth_md))


def show_old_day(value: str) -> str:
    return value.replace("-", "/")


def show_old_month_day(value: int) -> str:
    return f"{value // 100:02}/{value % 100:02}"


def show_old_moment(value: str) -> str:
    return show_moment(parse_datetime(value)) or value


def show_moment(moment: Any) -> str:
    return format_moment(moment) if moment else ""


def show_line_account(of: Any) -> str:
    return of.line_name or of.line_user_id or ""
