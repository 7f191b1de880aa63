"""Whether the next message arrives: what must hold besides the conditions when it is due."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.templatetags.kit import format_moment
from members.models import Member
from messaging.accounts.stop_all import find_open_stop
from messaging.deliveries.holds import get_link_timing
from messaging.deliveries.reach import explain_no_message
from messaging.deliveries.reasons import describe_reason
from messaging.models import Scenario, Way
from messaging.scenarios.explain.conditions import Check


def explain_reach(scenario: Scenario, member: Member) -> Iterator[Check]:
    """Yield what else must hold when a message is due."""
    yield Check(
        _("ステップメッセージのステータス"),
        _("オン") if scenario.is_on else _("オフ"),
        scenario.is_on,
    )
    ways = sorted({step.way for step in scenario.steps.all()}) or [Way.LINE]
    for way in ways:
        yield explain_way(member, way)
    if scenario.wait_for_polls:
        yield explain_polls(scenario, member)
    if find_open_stop():
        yield Check(_("全配信を止める"), _("止めています。解除すると送ります"), False)
    account = scenario.account
    if not account or Way.LINE not in ways:
        return
    if not account.is_active:
        yield Check(_("LINEアカウント"), _("無効"), False, way=Way.LINE)
    if account.sender.paused_reason:
        yield Check(_("LINEアカウント"), _("送信停止中"), False, way=Way.LINE)


REACHES = {
    Way.LINE.value: (
        gettext_lazy("LINEで届くか"),
        gettext_lazy("友だちで、受信を拒否していない"),
    ),
    Way.MAIL.value: (
        gettext_lazy("メールで届くか"),
        gettext_lazy("メールアドレスがあり、受信を拒否していない"),
    ),
    Way.EITHER.value: (
        gettext_lazy("LINEかメールで届くか"),
        gettext_lazy("どちらかで届く"),
    ),
}


def explain_way(member: Member, way: str) -> Check:
    label, reached = REACHES[way]
    unreached = explain_no_message(member, way)
    value = describe_reason(unreached) if unreached else str(reached)
    return Check(str(label), value, not unreached, _("現在の値"), way)


def explain_polls(scenario: Scenario, member: Member) -> Check:
    settled = get_link_timing(scenario.tenant).settled_at
    label, at = _("2回の連携確認"), member.answered_at
    if not at:
        return Check(label, _("回答がないため、待ちません"), True)
    done = settled is not None and at <= settled
    text = (
        _("回答（%(at)s）のあと、2回成功した")
        if done
        else _("回答（%(at)s）のあと、まだ2回成功していない")
    )
    return Check(label, text % {"at": format_moment(at)}, done)
