"""Triggers about carts. The carts live in an app above, which fires them."""

from django.utils.translation import gettext_lazy as _

from messaging.triggers.base import TriggerKind


class CartEvent(TriggerKind):
    """Something that a cart told. An app above says which carts can be chosen."""

    family = _("カート")
    subject = "ref"
    any_label = _("どのカートでも")


class Linked(CartEvent):
    label = _("カートと連携したとき")


class Unlinked(CartEvent):
    label = _("カートとの連携が外れたとき")


class Order(CartEvent):
    label = _("注文があったとき")
    help = _("注文日時から数えます。取り込む前の古い注文では始まりません。")
    is_followed = True


class Shipped(CartEvent):
    label = _("発送されたとき")
    help = _("発送日時から数えます。")
    is_followed = True


class SubscriptionStarted(CartEvent):
    label = _("定期購入が始まったとき")


class SubscriptionPaused(CartEvent):
    label = _("定期購入が休止されたとき")


class SubscriptionCancelled(CartEvent):
    label = _("定期購入が解約されたとき")


class SubscriptionNext(CartEvent):
    label = _("次回お届け日が決まったとき")
