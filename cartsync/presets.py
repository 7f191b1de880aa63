"""Ready-made conditions about purchases."""

from django.utils.translation import gettext_lazy as _

from members.conditions.presets import Preset, make_leaf

SAMPLES = (
    Preset(
        _("定期3回目以上"),
        _("続けて購入しているお客様です。お礼や特典の案内に。"),
        "repeat",
        (
            make_leaf("subscription_times", "at_least", 3),
            make_leaf("subscription_state", "in", ["active"]),
        ),
    ),
    Preset(
        _("定期を休止・解約"),
        _("もう一度始めていただく案内に。"),
        "circle-pause",
        (
            make_leaf("subscription_state", "in", ["suspended", "cancelled"]),
            make_leaf("line_state", "in", ["friend"]),
        ),
    ),
    Preset(
        _("次回お届けが7日以内"),
        _("お届け前の確認や、スキップ・変更の案内に。"),
        "calendar-clock",
        (make_leaf("next_delivery", "between", [{"days": 0}, {"days": 7}]),),
    ),
    Preset(
        _("最終注文から90日以上"),
        _("しばらく購入がないお客様です。"),
        "hourglass",
        (make_leaf("ordered_at", "until", {"days": -90}),),
    ),
)
