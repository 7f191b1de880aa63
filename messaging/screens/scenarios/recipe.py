"""The recipe 電話番号再入力: the form of a step message, filled in so that it can be saved as it is."""

from typing import Any

from django.utils.translation import gettext as _

from members.models import Tag
from messaging.content.render import Attachable, list_attachable_forms
from messaging.deliveries.holds import get_link_timing, list_linked_tag_ids
from messaging.models import LineAccount, Way
from messaging.scenarios.advice.flaws import find_asking_form
from messaging.scenarios.ready import NoAccount, choose_way
from messaging.screens.scenarios.forms import ScenarioForm
from tenants.models import Tenant

# For customers, so in Japanese whatever language the operator reads.
ASKING = """{{name}}様

ご登録いただいた{values}では、ご注文の情報が見つかりませんでした。
お手数ですが、ご注文のときの{values}を、次のフォームからもう一度お知らせください。

{{form}}"""
SUBJECT = "ご登録の{values}について（再入力のお願い）"
# By mail nobody is asked for a name that is not known, and the link is the person's own.
MAIL = """{{name|お客様}}様

ご登録いただいた{values}では、ご注文の情報が見つかりませんでした。
お手数ですが、ご注文のときの{values}を、次のお客様専用のページからもう一度お知らせください（30日間有効です）。

{{form}}

ご注文いただいたばかりのときは、確認に時間がかかることがあります。行き違いの場合はご容赦ください。"""
MOBILE = """{{name|お客様}}様
{values}でご注文が見つかりませんでした。次のページからもう一度お知らせください。
{{form}}"""
# To who has only just bought: the order may not be in the cart yet, so nobody is told of a mistake.
FRESH = """{{name}}様

ご購入ありがとうございます。
ご注文の確認のため、ご注文のときの{values}を、次のフォームからもう一度お知らせください。

{{form}}"""
FRESH_MAIL = """{{name|お客様}}様

ご購入ありがとうございます。
ご注文の確認のため、ご注文のときの{values}を、次のお客様専用のページからお知らせください（30日間有効です）。

{{form}}

すでにお知らせいただいた場合は、行き違いをご容赦ください。"""
FRESH_MOBILE = """{{name|お客様}}様
ご購入ありがとうございます。ご注文の確認のため、{values}を次のページからお知らせください。
{{form}}"""
VALUES = {
    frozenset({"phone"}): "電話番号",
    frozenset({"email"}): "メールアドレス",
    frozenset({"phone", "email"}): "電話番号とメールアドレス",
}
# So often is one person asked.
MOST_TIMES = 3
DELAY_WITHOUT_CART = 120  # minutes


def build_ask_again_settings(tenant: Tenant, fresh: bool = False) -> dict[str, Any]:
    """Return the values of the form.

    Those who answered the form that asks for what the carts match by, and are still not linked after two polls, are
    asked again. ``fresh``: the texts are for those who have only just bought.
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
        **write_texts(VALUES.get(keys, "電話番号"), fresh),
        "way": choose_way_or_line().value,
    }


def write_texts(values: str, fresh: bool = False) -> dict[str, str]:
    """Return what the message says by LINE and by mail; ``values``: what is asked for."""
    said = (FRESH, FRESH_MAIL, FRESH_MOBILE) if fresh else (ASKING, MAIL, MOBILE)
    texts = dict(zip(("text", "mail_text", "mobile"), said, strict=True))
    texts["subject"] = SUBJECT
    return {name: text.format(values=values) for name, text in texts.items()}


def choose_way_or_line() -> Way:
    """Return the way that reaches most; a shop without an account begins with LINE."""
    try:
        return choose_way()
    except NoAccount:
        return Way.LINE


def list_answer_tags(form: Attachable | None) -> list[str]:
    """Return the public ids of the tags that answering the form puts on: they are the trigger."""
    if not form:
        return []
    return list(
        Tag.objects.filter(pk__in=form.tags).values_list("public_id", flat=True)
    )
