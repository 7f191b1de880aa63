"""Usage of saved conditions: the step messages that are sent by them."""

from django.utils.translation import gettext as _

from members.models import Segment
from messaging.models import Scenario


def list_segment_usage(segment: Segment) -> list[str]:
    names = (
        Scenario.objects.filter(segment=segment)
        .order_by("name", "pk")
        .values_list("name", flat=True)
    )
    return [
        _("ステップメッセージ「%(name)s」の絞り込み") % {"name": name} for name in names
    ]
