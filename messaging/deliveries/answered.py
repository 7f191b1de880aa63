"""What becomes of calls that ended, and of those that are taken up again."""

from collections.abc import Sequence

from messaging.accounts.notices import notify_of_failures
from messaging.channels.base import Channel
from messaging.deliveries import outcomes
from messaging.deliveries.ledger import Request
from messaging.deliveries.outcomes import CallResult
from messaging.models import Call, Delivery


def record_answers(channel: Channel, results: Sequence[CallResult]) -> None:
    """Record how calls ended; the channel notes what else follows for those that were still ours."""
    calls = outcomes.record_results(channel.sender.tenant.pk, results)
    ours = [each for each in results if each.request.call in calls]
    channel.note_results(ours)
    notify_of_failures(channel.sender, [each.state for each in ours])


def decide_again(channel: Channel, request: Request) -> CallResult | None:
    """Return how a call that is taken again ends without another try; None when it may be tried again."""
    if len(request.deliveries) != len(request.to):
        # Somebody of it was deleted meanwhile, and only the same recipients may be tried under the key.
        return CallResult(request, Call.State.UNKNOWN, Delivery.State.UNKNOWN, "unsure")
    return channel.decide_old_call(request)
