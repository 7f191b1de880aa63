"""Events of the carts, for the apps above."""

from django.dispatch import Signal

# tenant, cart_ids: these switched themselves off, because their settings must be fixed first.
carts_stopped = Signal()
