"""The form of a broadcast: what, to whom, when."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import DateTimeInput, Need, SegmentedSelect, Switch, mark_needs
from members.conditions.tree import walk_leaves
from members.models import Segment, Tag
from members.screens.builder.form import Builder
from messaging.links.addresses import list_urls
from messaging.models import Broadcast, Content, LineAccount, Way
from messaging.screens.condition_rows import read_condition
from messaging.screens.content.fields import ContentFields
from messaging.screens.content.written import read_typed_fields

Audience = Broadcast.Audience


class BroadcastForm(ContentFields):
    """A draft; whether it goes out is decided on its page, beside the count."""

    field_order = (
        "name", "account", "audience", "tag", "segment",
        "way", "text", "subject", "mail_text", "mobile", "html", "form_id",
    )  # fmt: skip

    name = forms.CharField(
        label=_("配信名"),
        max_length=100,
        help_text=_("お客さまには表示されません。"),
    )
    account: Any = forms.ModelChoiceField(
        None,
        label=_("LINEアカウント"),
        to_field_name="public_id",
        empty_label=None,
        required=False,
    )
    audience = forms.ChoiceField(
        label=_("宛先"), choices=Audience.choices, initial=Audience.EVERYBODY
    )
    tag: Any = forms.ModelChoiceField(
        None,
        label=_("宛先のタグ"),
        to_field_name="public_id",
        required=False,
        help_text=_("宛先が「タグが付いている会員」のときに選びます。"),
    )
    segment: Any = forms.ModelChoiceField(
        None,
        label=_("宛先の保存した条件"),
        to_field_name="public_id",
        required=False,
        help_text=_("宛先が「保存した条件に当てはまる会員」のときに選びます。"),
    )
    counts_links = forms.BooleanField(
        label=_("リンクのタップを数える"),
        required=False,
        initial=True,
        widget=Switch,
        help_text=_(
            "本文とボタンのURLを、会員ごとのURLに置き換えて送ります。LINEでは1名ずつ送るため、送り終わるまでに時間がかかります。"
        ),
    )
    due_at = forms.DateTimeField(
        label=_("配信日時"),
        required=False,
        widget=DateTimeInput,
        help_text=_("空欄なら、「配信する」を押したらすぐに送ります。"),
    )
    fixed_at = forms.ChoiceField(
        label=_("宛先を決めるとき"),
        choices=Broadcast.FixedAt.choices,
        initial=Broadcast.FixedAt.SENDING,
        widget=SegmentedSelect,
        help_text=_(
            "配信時点：送る直前に条件を判定します。予約時点：予約したときの会員に固定します。"
        ),
    )
    is_ad = forms.TypedChoiceField(
        label=_("種別"),
        choices=[("1", _("広告")), ("0", _("手続き"))],
        coerce=lambda value: value == "1",
        initial="1",
        widget=SegmentedSelect,
    )

    def __init__(
        self,
        *args: Any,
        segments: QuerySet[Segment],
        picked: bool,
        builder: Builder,
        **kwargs: Any,
    ) -> None:
        """Take the saved conditions to choose from, and the rows of the condition as they stand on the page.

        ``picked``: the draft has a selection of the member list.
        """
        super().__init__(*args, **kwargs)
        self.builder = builder
        fields: dict[str, Any] = self.fields
        fields["account"].queryset = LineAccount.objects.filter(
            is_active=True
        ).order_by("pk")
        fields["tag"].queryset = Tag.objects.order_by("name_key", "pk")
        fields["segment"].queryset = segments
        fields["tag"].empty_label = fields["segment"].empty_label = gettext(
            "選んでください"
        )
        if not fields["account"].queryset.exists():
            del fields["account"]
        # Shown by the audience that is chosen, and asked for then.
        mark_needs(
            self, tag=Need.REQUIRED, segment=Need.REQUIRED, account=Need.REQUIRED
        )
        if not picked:
            fields["audience"].choices = [
                choice for choice in Audience.choices if choice[0] != Audience.PICKED
            ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        audience = cleaned.get("audience")
        if audience == Audience.TAG and not self._has("tag"):
            self.add_error("tag", gettext("宛先のタグを選んでください。"))
        if audience == Audience.SEGMENT and not self._has("segment"):
            self.add_error("segment", gettext("宛先の保存した条件を選んでください。"))
        due_at = cleaned.get("due_at")
        if due_at and due_at <= timezone.now():
            self.add_error(
                "due_at",
                gettext(
                    "配信日時が過ぎています。これからの日時にするか、空欄にしてください。"
                ),
            )
        self.check_content(cleaned)
        if audience == Audience.CONDITION and not self.errors:
            self.check_condition(cleaned)
        return cleaned

    def check_condition(self, cleaned: dict[str, Any]) -> None:
        """Read the condition, last of all: tags and lists that it names are stored then."""
        try:
            condition = cleaned["condition"] = read_condition(self.builder)
        except ValidationError as fault:
            self.add_error("audience", fault)
            return
        if not any(walk_leaves(condition)):
            text = gettext(
                "条件が選ばれていません。1つ以上選ぶか、宛先を「すべての会員」にしてください。"
            )
            self.add_error("audience", text)

    def check_accounts(self, way: str) -> None:
        """Refuse a way for which the shop has no account, and LINE where none of its accounts is active."""
        super().check_accounts(way)
        if (
            way != Way.MAIL
            and "account" not in self.fields
            and "way" not in self.errors
        ):
            fault = gettext(
                "有効なLINEアカウントがありません。設定の「LINEアカウント」で有効にするか、メールを選んでください。"
            )
            self.add_error("way", fault)

    def _has(self, name: str) -> bool:
        return bool(self.cleaned_data.get(name)) or name in self.errors

    def fill(self, broadcast: Broadcast) -> Broadcast:
        """Write what was typed into the broadcast; a tag or condition that its audience does not name is left out."""
        values = self.cleaned_data
        for name in ("name", "audience", "due_at", "fixed_at", "is_ad"):
            setattr(broadcast, name, values[name])
        accounts = LineAccount.objects.filter(is_active=True).order_by("pk")
        broadcast.account = values.get("account") or accounts.first()
        broadcast.tag = values["tag"] if broadcast.audience == Audience.TAG else None
        broadcast.segment = (
            values["segment"] if broadcast.audience == Audience.SEGMENT else None
        )
        if broadcast.audience == Audience.CONDITION:
            # In the place of the selection, which would mean others with this condition.
            broadcast.condition, broadcast.picked = values["condition"], None
        elif broadcast.picked is None:
            broadcast.condition = {}
        return broadcast


def read_line(broadcast: Broadcast) -> Content:
    """Return its LINE message; an empty one where it has none."""
    found = (each for each in broadcast.contents if each.kind == Content.Kind.LINE)
    return next(found, Content())


def read_initial(broadcast: Broadcast) -> dict[str, Any]:
    """Return what the form shows of a broadcast that exists."""
    # Where there is no link yet, nobody has decided against counting.
    counts_links = any(each.counts_links for each in broadcast.contents) or not any(
        list_urls(each) for each in broadcast.contents
    )
    return {
        "name": broadcast.name,
        "account": broadcast.account and broadcast.account.public_id,
        "audience": broadcast.audience,
        "tag": broadcast.tag and broadcast.tag.public_id,
        "segment": broadcast.segment and broadcast.segment.public_id,
        **read_typed_fields(broadcast),
        "counts_links": counts_links,
        "due_at": broadcast.due_at,
        "fixed_at": broadcast.fixed_at,
        "is_ad": "1" if broadcast.is_ad else "0",
    }
