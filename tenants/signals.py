"""News from the shops themselves."""

from django.dispatch import Signal

# tenant (Tenant): just opened, in the same transaction; every app stores what a shop begins with.
shop_opened = Signal()
