"""What the rules of the calendar did, as sentences."""

from datetime import date

from django.utils import dateformat
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from messaging.calendar.business_days import BusinessDays, Rule, ShippingPlan


def format_day(day: date) -> str:
    japanese = (get_language() or "ja").startswith("ja")
    return dateformat.format(day, "Y/m/d（D）" if japanese else "D, M j, Y")


def describe_rules(plan: ShippingPlan, days: BusinessDays) -> list[str]:
    """Describe each rule that moved the plan, in the order in which they applied."""
    return [describe_rule(rule, plan, days) for rule in plan.rules]


def describe_rule(rule: Rule, plan: ShippingPlan, days: BusinessDays) -> str:
    if rule is Rule.AFTER_CUTOFF:
        return _(
            "締め時間（%(time)s）を過ぎて届いたため、翌日の%(day)sの受注として扱います。"
        ) % {
            "time": days.cutoff.strftime("%H:%M") if days.cutoff else "",
            "day": format_day(plan.receipt_day),
        }
    if rule is Rule.FROM_NEXT_OPEN_DAY:
        return _("%(closed)sは休業日のため、次の営業日の%(day)sから数えます。") % {
            "closed": format_day(plan.receipt_day),
            "day": format_day(plan.start_day),
        }
    if rule is Rule.FROM_CLOSED_DAY:
        return _("%(day)sは休業日ですが、設定により、この日から数えます。") % {
            "day": format_day(plan.receipt_day)
        }
    if rule is Rule.SHIPPED_MAIL:
        return _("出荷完了メールが届いた日を出荷日とします。")
    return describe_business_days(plan, days.shipping_days)


def describe_business_days(plan: ShippingPlan, number: int) -> str:
    values = {
        "start": format_day(plan.start_day),
        "day": format_day(plan.shipping_day),
        "n": number,
    }
    if not number:
        return _("当日（0営業日後）の出荷なので、出荷日は%(day)sです。") % values
    return (
        ngettext(
            "%(start)sから%(n)d営業日後の%(day)sを出荷日とします。",
            "%(start)sから%(n)d営業日後の%(day)sを出荷日とします。",
            number,
        )
        % values
    )
