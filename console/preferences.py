"""Theme, density and language: stored on the operator, and as cookies for whoever is not logged in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from operators.models import Operator

THEMES = [("", _("自動")), ("light", _("ライト")), ("dark", _("ダーク"))]
DENSITIES = [("relaxed", _("ゆったり")), ("", _("標準")), ("compact", _("コンパクト"))]
YEAR = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Preferences:
    theme: str
    density: str
    language: str

    themes = THEMES
    densities = DENSITIES
    languages = settings.LANGUAGES

    @classmethod
    def of(cls, request: HttpRequest) -> "Preferences":
        user = getattr(request, "user", None)
        theme, density = getattr(user, "theme", ""), getattr(user, "density", "")
        if not getattr(user, "is_authenticated", False):
            theme, density = (
                request.COOKIES.get("theme", ""),
                request.COOKIES.get("density", ""),
            )
        return cls(
            validate_choice(theme, THEMES),
            validate_choice(density, DENSITIES),
            get_language() or settings.LANGUAGE_CODE,
        )


class PreferencesForm(forms.Form):
    """Each part may come alone: the login page sends only the language."""

    theme = forms.ChoiceField(choices=THEMES, required=False)
    density = forms.ChoiceField(choices=DENSITIES, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)

    def chosen(self) -> dict[str, str]:
        """Return what was sent; an empty language is left out."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.data and (value or name != "language")
        }


def validate_choice(value: str, choices: Sequence[tuple[str, object]]) -> str:
    return value if value in dict(choices) else ""


def save_preferences(
    chosen: dict[str, str], operator: Operator | None, response: HttpResponse
) -> None:
    """Store the choice on the operator, and in cookies so that the login page looks the same."""
    if operator and chosen:
        Operator.objects.filter(pk=operator.pk).update(**chosen)
    for name, value in chosen.items():
        cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
        response.set_cookie(
            cookie,
            value,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
