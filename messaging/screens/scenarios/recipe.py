"""The recipe 電話番号再入力: the form of a step message, filled in so that it can be saved as it is."""

from typing import Any

from django.utils.translation import gettext as _

from members.models import Tag
from messaging.content.render import Attachable, list_attachable_forms
from messaging.deliveries.holds import get_link_timing, list_linked_tag_ids
from messaging.models import LineAccount
from messaging.scenarios.advice.flaws import find_asking_form
from messaging.screens.scenarios.forms import ScenarioForm
from tenants.models import Tenant

# For customers, so in Japanese whatever language the operator reads.
ASKING = """{{name}}様

ご登録いただいた{values}では、ご注文の情報が見つかりませんでした。
お手数ですが、ご注文のときの{values}を、次のフォームからもう一度お知らせください。

{{form}}"""
VALUES = {
    frozenset({"phone"}): "電話番号",
    frozenset({"email"}): "メールアドレス",
    frozenset({"phone", "email"}): "電話番号とメールアドレス",
}
# So often is one person asked.
MOST_TIMES = 3
DELAY_WITHOUT_CART = 120  # minutes


def build_ask_again_settings(tenant: Tenant) -> dict[str, Any]:
    """Return the values of the form.

    Those who answered the form that asks for what the carts match by, and are still not linked after two polls, are
    asked again.
    """
    timing = get_link_timing(tenant)
    keys = timing.keys or frozenset({"phone"})
    asking = find_asking_form(list_attachable_forms(), keys)
    linked = list_linked_tag_ids()
    condition = (
        {"all": [{"field": "tag", "op": "has_none", "value": linked}]} if linked else {}
    )
    minutes = DELAY_WITHOUT_CART
    if timing.frequency:
        minutes = int(2 * timing.frequency.total_seconds() / 60)
    whole = minutes % 60 == 0
    account = LineAccount.objects.order_by("pk").first()
    return {
        "name": _("電話番号再入力"),
        "is_on": False,
        "wait_for_polls": True,
        "again_on_answer": True,
        "account": account.public_id if account else "",
        "max_runs": MOST_TIMES,
        "is_ad": "0",
        "triggers": list_answer_tags(asking),
        "form_id": asking.public_id if asking else "",
        **ScenarioForm.tag_initial(condition),
        "delay_number": minutes // 60 if whole else minutes,
        "delay_unit": "hours" if whole else "minutes",
        "text": ASKING.format(values=VALUES.get(keys, "電話番号")),
    }


def list_answer_tags(form: Attachable | None) -> list[str]:
    """Return the public ids of the tags that answering the form puts on: they are the trigger."""
    if not form:
        return []
    return list(
        Tag.objects.filter(pk__in=form.tags).values_list("public_id", flat=True)
    )
