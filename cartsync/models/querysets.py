"""Reads of carts, links, orders and runs."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Count, Max, Q

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=models.Model)


# Those the shop wants linked: also one that switched itself off because its settings must be fixed.
# Orders that mails told of belong to a cart that is neither polled nor asked, and links nobody.
ORDER_MAIL = "ordermail"
WANTED = (Q(is_active=True) | ~Q(stopped_reason="")) & ~Q(kind=ORDER_MAIL)


class CartQuerySet(TenantQuerySet[M]):
    def active(self) -> "CartQuerySet[M]":
        return self.connected().filter(is_active=True)

    def connected(self) -> "CartQuerySet[M]":
        """Filter the carts that are connected by an API."""
        return self.exclude(kind=ORDER_MAIL)

    def wanted(self) -> "CartQuerySet[M]":
        """Filter the carts the shop wants linked."""
        return self.filter(WANTED)


class LinkQuerySet(TenantQuerySet[M]):
    def current(self) -> "LinkQuerySet[M]":
        return self.filter(ended_at=None)

    def changed(self) -> "LinkQuerySet[M]":
        """Filter those changed after linking (連携後に変更): a person must decide about them."""
        return self.current().filter(changed_at__isnull=False)


class OrderQuerySet(TenantQuerySet[M]):
    def sold(self) -> "OrderQuerySet[M]":
        """Filter those that count for 購入回数 and 購入総額."""
        return self.filter(state="sold")

    def unknown_words(self) -> "models.QuerySet[Any, dict[str, Any]]":
        """Return {word, orders, example} of each payment state that nobody mapped, the most frequent first."""
        words = self.filter(state="other").values("word")
        return words.annotate(orders=Count("pk"), example=Max("number")).order_by(
            "-orders", "word"
        )


class SyncRunQuerySet(TenantQuerySet[M]):
    def successes(self) -> "SyncRunQuerySet[M]":
        return self.filter(outcome="success").order_by("-started_at")

    def newest(self) -> "SyncRunQuerySet[M]":
        return self.order_by("-started_at", "-pk")

    def before(self, moment: datetime) -> "SyncRunQuerySet[M]":
        return self.filter(started_at__lt=moment)
