"""Stop everything that the shop sends to customers, and let it go on, each on the word of a person."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Sender, SendingStop
from operators import audit
from operators.notify import notify
from tenants.models import Tenant
from tenants.scope import get_current_operator
from tenants.wakeups import wake

# The kind of notice.
ALL_STOPPED = "sending.stopped"


def find_open_stop() -> SendingStop | None:
    """Return the stop that holds now, with who ordered it."""
    return (
        SendingStop.objects.select_related("stopped_by").filter(lifted_at=None).first()
    )


@transaction.atomic
def stop_all_sends(tenant: Tenant) -> SendingStop:
    """Stop all sends; running senders ask twice a second, so nothing leaves two seconds later. Return the stop."""
    stop, made = SendingStop.objects.get_or_create(
        tenant=tenant,
        lifted_at=None,
        defaults={"stopped_at": Now(), "stopped_by": get_current_operator()},
    )
    if made:
        audit.record_action("sending.stopped", stop)
        notify(ALL_STOPPED, stop)
    return stop


@transaction.atomic
def lift_stop(tenant: Tenant) -> bool:
    """Lift the stop and wake every sender, so that what waited goes on; return False when there was none."""
    open_one = find_open_stop()
    if not open_one:
        return False
    SendingStop.objects.filter(pk=open_one.pk, lifted_at=None).update(
        lifted_at=Now(), lifted_by=get_current_operator()
    )
    audit.record_action("sending.lifted", open_one)
    for sender_id in Sender.objects.order_by("pk").values_list("pk", flat=True):
        wake(tenant, "messaging.dispatch", subject=sender_id)
    return True
