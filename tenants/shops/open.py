"""A shop is opened: its row, and what every app gives it to begin with."""

from django.db import transaction

from tenants.models import Tenant
from tenants.signals import shop_opened


@transaction.atomic
def open_shop(slug: str, name: str) -> Tenant:
    """Return the new shop. IntegrityError when the slug is taken."""
    shop = Tenant.objects.create(slug=slug, name=name)
    shop_opened.send(Tenant, tenant=shop)
    return shop
