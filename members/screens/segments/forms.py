"""Forms of saved conditions."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from members.models import Segment
from members.segments.manage import find_segment_usage
from members.segments.membership_log import is_watch_limit_reached
from operators import groups as grouping
from operators.models import OperatorGroup, Seat
from operators.roles import EDIT, SEND

FULL = gettext_lazy(
    "参加・離脱の記録は5件までです。ほかの条件の記録をオフにしてから、もう一度保存してください。"
)


class SegmentForm(forms.Form):
    """A name, whose it is, and whether messages may be sent by it.

    Only the operator's own groups are offered, and the one it is shared with already; ``group``, ``for_delivery`` and
    ``watched`` are there for those who may set them.
    """

    name = forms.CharField(
        label=gettext_lazy("条件名"),
        max_length=60,
        widget=forms.TextInput(attrs={"data-width": "full"}),
    )
    group = forms.ChoiceField(label=gettext_lazy("保存先"), required=False)
    for_delivery = forms.BooleanField(
        label=gettext_lazy("配信の対象に使う"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "オンにすると、ステップメッセージの絞り込みでこの条件を選べます。"
        ),
    )

    watched = forms.BooleanField(
        label=gettext_lazy("参加・離脱を毎日記録する"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "オンにすると、先週から加わった会員と外れた会員を詳細画面で確かめられます。5件まで使えます。"
        ),
    )

    def __init__(
        self, *args: Any, seat: Seat, segment: Segment | None = None, **kwargs: Any
    ) -> None:
        if segment:
            now = {
                "name": segment.name,
                "for_delivery": segment.for_delivery,
                "watched": bool(segment.watched_since),
            }
            kwargs["initial"] = {
                **now,
                "group": segment.group.public_id if segment.group else "",
            }
        super().__init__(*args, **kwargs)
        self.seat, self.segment = seat, segment
        self.sharing = self.offered() if seat.can(EDIT) else {}
        if self.sharing:
            field: Any = self.fields["group"]
            field.choices = [
                ("", self.own()),
                *((key, group.name) for key, group in self.sharing.items()),
            ]
            field.widget.attrs["data-width"] = "full"
        else:
            del self.fields["group"]
        if not seat.can(SEND):
            del self.fields["for_delivery"]
        if not seat.can(EDIT):
            del self.fields["watched"]

    def offered(self) -> dict[str, OperatorGroup]:
        groups = {
            group.public_id: group for group in grouping.list_groups_of_seat(self.seat)
        }
        if self.segment and self.segment.group:
            groups.setdefault(self.segment.group.public_id, self.segment.group)
        return groups

    def own(self) -> str:
        if self.segment and self.segment.owner_id != self.seat.operator_id:
            return _("個人用（作成者：%(name)s）") % {"name": self.segment.owner.name}
        return _("個人用")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        now = self.segment
        cleaned["group"] = (
            self.sharing.get(cleaned["group"])
            if "group" in cleaned
            else now and now.group
        )
        cleaned.setdefault("for_delivery", bool(now and now.for_delivery))
        if now and not cleaned["for_delivery"] and (uses := find_segment_usage(now)):
            words = _(
                "配信に使われているため、オフにできません（%(uses)s）。先に、そこで別の条件を選んでください。"
            )
            self.add_error(
                "for_delivery",
                ValidationError(words % {"uses": _("、").join(uses)}, code="used"),
            )
        cleaned.setdefault("watched", bool(now and now.watched_since))
        owner_id = now.owner_id if now else self.seat.operator_id
        others = Segment.objects.in_place(owner_id, cleaned["group"]).exclude(
            pk=now.pk if now else 0
        )
        if "name" in cleaned and others.filter(name=cleaned["name"]).exists():
            error = _(
                "同じ保存先に「%(name)s」があります。別の名前を入力してください。"
            ) % {"name": cleaned["name"]}
            self.add_error("name", ValidationError(error, code="taken"))
        if (
            "watched" in self.fields
            and cleaned["watched"]
            and is_watch_limit_reached(besides=now)
        ):
            self.add_error("watched", ValidationError(FULL, code="full"))
        return cleaned
