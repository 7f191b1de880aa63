"""Settings of a step message that contradict each other or what is around it, as warnings beside it."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta

from django.utils.translation import gettext as _

from messaging.content.bubbles import list_form_ids
from messaging.content.events import list_event_fields
from messaging.content.footer import find_footer
from messaging.content.render import list_attachable_forms, list_used_fields
from messaging.deliveries.holds import get_link_timing
from messaging.models import MailAccount, Scenario, Step, Trigger, Way
from messaging.scenarios.advice.flaws import WINDOW, Flaw
from messaging.scenarios.ask_again import is_for_unlinked_members
from messaging.scenarios.durations import describe_duration
from messaging.schedule.due import Window

# Hours in which a message on the phone is a nuisance.
QUIET_HOURS = Window(time(21), time(8))
# What follows sooner than this answers what the member has just done, at whatever hour.
AT_ONCE = timedelta(hours=1)


def list_warnings(scenario: Scenario) -> list[Flaw]:
    """Return what an operator should know before members get the messages."""
    rows = scenario.steps.in_order().select_related("content", "mail_content")
    steps = list(rows)
    return [
        *warn_of_short_delays(scenario, steps),
        *warn_of_quiet_hours(scenario, steps),
        *warn_of_closed_forms(steps),
        *warn_of_missing_orders(scenario, steps),
        *warn_of_missing_footer(scenario, steps),
        *warn_of_accounts(scenario, steps),
        *warn_of_overlaps(scenario),
    ]


def warn_of_short_delays(scenario: Scenario, steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning for each message to the unlinked that goes out before the carts were asked twice."""
    frequency = get_link_timing(scenario.tenant).frequency
    if not frequency or not is_for_unlinked_members(scenario.condition):
        return
    for number, step in enumerate(steps, 1):
        if step.months or step.delay >= 2 * frequency:
            continue
        values = {
            "n": number,
            "frequency": describe_duration(frequency),
            "double": describe_duration(2 * frequency),
        }
        title = (
            _(
                "%(n)s通目の配信時間が、カート連携頻度（%(frequency)s）より短くなっています"
            )
            if step.delay < frequency
            else _(
                "%(n)s通目の配信時間が、カート連携頻度（%(frequency)s）の2倍より短くなっています"
            )
        )
        text = _(
            "連携を確かめる前に送ると、連携できる会員にも届きます。%(double)s以上がおすすめです。"
        )
        yield Flaw("delay", title % values, text % values)


def warn_of_quiet_hours(scenario: Scenario, steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning where messages may go out at night."""
    if scenario.window:
        return
    for number, step in enumerate(steps, 1):
        if step.at_time and QUIET_HOURS.contains(step.at_time):
            title = _("%(n)s通目の時刻（%(time)s）は、夜間または早朝です")
            values = {"n": number, "time": f"{step.at_time:%H:%M}"}
            yield Flaw("night", title % values, _("時刻を確かめてください。"))
    if any(
        not step.at_time and (step.months or step.delay >= AT_ONCE) for step in steps
    ):
        yield Flaw(
            WINDOW,
            _("夜間にも送ることがあります"),
            _(
                "きっかけの時刻から数えるため、夜中に起きたきっかけでは、夜中に届きます。送信時間帯を決めると、次の朝に送ります。"
            ),
            _("9:00〜20:00にする"),
        )


def warn_of_closed_forms(steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning for each message with a form that takes no answers any more."""
    there = {form.public_id for form in list_attachable_forms()}
    for number, step in enumerate(steps, 1):
        asked = {
            form_id
            for content in step.contents
            for form_id in list_form_ids(content.form_id, content.bubbles)
        }
        if not there.issuperset(asked):
            title = _("%(n)s通目に添えたフォームは、受付を終了したか、削除されています")
            text = _("メッセージを編集して、別のフォームを選んでください。")
            yield Flaw("closed", title % {"n": number}, text)


def warn_of_missing_orders(scenario: Scenario, steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning for each message with fields of an order that no order may have started."""
    starts = {row.kind for row in scenario.starts}
    labels = list_event_fields()
    for number, step in enumerate(steps, 1):
        used = set().union(*(list_used_fields(each) for each in step.contents))
        lacking = [
            name
            for name in labels
            if name in used
            and (not starts or any(name not in list_event_fields({k}) for k in starts))
        ]
        if lacking:
            title = _("%(n)s通目の差し込み項目が、空欄になることがあります")
            text = _(
                "%(fields)sは、注文や発送がきっかけの配信にだけ入ります。きっかけを見直すか、わからないときの言葉を付けてください。"
            )
            names = _("、").join(str(labels[name].label) for name in lacking)
            yield Flaw("order", title % {"n": number}, text % {"fields": names})


def warn_of_missing_footer(scenario: Scenario, steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning where advertising by mail would wait, because the shop has not said who sends it."""
    mails = any(step.way != Way.LINE for step in steps)
    if not scenario.is_ad or not mails or find_footer():
        return
    text = _(
        "広告のメールは、送信者の表示が入力されるまで送りません。設定の「メールアカウント」の「送信者の表示」に、名前・住所・連絡先を入力してください。"
    )
    yield Flaw("footer", _("広告のメールに必要な、送信者の表示がありません"), text)


def warn_of_accounts(scenario: Scenario, steps: Sequence[Step]) -> Iterator[Flaw]:
    """Yield a warning where no account may send what is written: it would wait until somebody switches one on."""
    ways = {step.way for step in steps}
    account = scenario.account
    if ways - {Way.MAIL} and account and not account.is_active:
        yield Flaw(
            "account",
            _("LINEアカウント「%(name)s」が無効です") % {"name": account.name},
            _(
                "有効にするまで、LINEのメッセージは送りません。設定の「外部連携アカウント管理」で有効にしてください。"
            ),
        )
    if ways - {Way.LINE} and not MailAccount.objects.filter(is_active=True).exists():
        yield Flaw(
            "mail_account",
            _("有効なメールアカウントがありません"),
            _(
                "有効にするまで、メールは送りません。設定の「メールアカウント」で有効にするか、追加してください。"
            ),
        )


def warn_of_overlaps(scenario: Scenario) -> Iterator[Flaw]:
    """Yield a warning for each other step message that is on and starts at the same event."""
    mine = {(row.kind, row.subject) for row in scenario.starts if row.kind}
    return find_overlaps(scenario, mine)


def find_overlaps(scenario: Scenario, mine: set[tuple[str, str]]) -> Iterator[Flaw]:
    """Yield the overlaps with others, where (kind, subject) in ``mine`` start the scenario, which need not be saved."""
    others = Trigger.objects.filter(
        role=Trigger.Role.START,
        kind__in={kind for kind, _subject in mine},
        scenario__is_on=True,
        scenario__deleted_at=None,
    ).exclude(scenario=scenario.pk or 0)
    seen: set[int] = set()
    for row in others.select_related("scenario").order_by("scenario_id", "pk"):
        if row.scenario_id in seen or not has_overlap(row, mine):
            continue
        seen.add(row.scenario_id)
        together = scenario.group_id and scenario.group_id == row.scenario.group_id
        title = _("「%(name)s」も、同じきっかけで始まります")
        text = (
            _(
                "同じグループのため、1名にはどちらか片方だけが始まります。きっかけを分けると、どちらが始まるかを決められます。"
            )
            if together
            else _(
                "両方のメッセージが届きます。片方だけにするときは、同じグループに入れてください。"
            )
        )
        yield Flaw("overlap", title % {"name": row.scenario.name}, text)


def has_overlap(row: Trigger, mine: set[tuple[str, str]]) -> bool:
    """Return whether an event can start both: about the same, or about any."""
    return any(
        (kind == row.kind and "" in (subject, row.subject))
        or (row.kind, row.subject) == (kind, subject)
        for kind, subject in mine
    )
