"""A page of help: what it is made of."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Area(TextChoices):
    """The parts of the index, in its order; they are called what the menu calls them."""

    SHOP = "shop", _("設定")
    CONTENTS = "contents", _("コンテンツ")
    CARTS = "carts", _("カート連携")
    MEMBERS = "members", _("会員")
    MESSAGES = "messages", _("メッセージ")
    RPA = "rpa", _("RPA設定")


class Step:
    """One numbered step; ``pages``: the URL names of the pages on which it is done."""

    def __init__(self, text: Text, *pages: str) -> None:
        self.text, self.pages = text, pages


@dataclass(frozen=True)
class Guide:
    """How one task is done. ``minutes``: what it takes the first time."""

    slug: str
    area: Area
    title: Text
    purpose: Text
    minutes: int
    steps: tuple[Step, ...]
    notes: tuple[Text, ...]
