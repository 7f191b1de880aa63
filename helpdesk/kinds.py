"""The help desks that a shop may use: one entry each."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class HelpDeskKind:
    """One product. ``hosts``: under which of its own domains its pages lie; () where a shop may have any.

    ``external``: what it calls the place where the look-ups are set up, ``customers`` where they are used.
    """

    label: str | Promise
    company: str | Promise
    hosts: tuple[str, ...]
    external: str | Promise
    customers: str | Promise


# Re:lation: the words and the domain are those of ebisumart's page on the option; a filtered inbox has no public
# address. MailDealer: 未検証, its words and domain are not confirmed by any page.
KINDS: dict[str, HelpDeskKind] = {
    "relation": HelpDeskKind(
        "Re:lation",
        _("株式会社インゲージ"),
        ("relationapp.jp",),
        _("外部システム連携設定"),
        _("関連するお客様情報"),
    ),
    "maildealer": HelpDeskKind(
        _("メールディーラー"),
        _("株式会社ラクス"),
        (),
        _("外部システム連携の設定"),
        _("お客様の情報"),
    ),
}
