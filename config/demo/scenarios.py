"""Step messages of the demo shop."""

from datetime import time, timedelta

from django.utils import timezone

from forms_builder.models import Form
from members.models import Tag
from messaging.content.make import make_mail_content, make_text_content
from messaging.models import (
    Content,
    LineAccount,
    Scenario,
    Step,
    Trigger,
    Way,
)

ASKING = (
    "{name}様\nご登録いただいた電話番号では、ご注文の情報が見つかりませんでした。"
    "お手数ですが、ご注文時の電話番号をもう一度ご入力ください。\n{form}"
)
FOLLOWING = (
    (
        timedelta(),
        None,
        "{order_name|お客様}様\nご注文ありがとうございます。{products|商品}の発送の準備をしております。",
    ),
    (
        timedelta(days=3),
        time(10),
        "{order_name|お客様}様\n{products|商品}はお手元に届きましたか？",
    ),
    (
        timedelta(days=14),
        time(10),
        "{order_name|お客様}様\nその後、使い心地はいかがですか？",
    ),
)


def make_scenario(account: LineAccount, form: Form, known: Tag, linked: Tag) -> None:
    scenario = Scenario.objects.create(
        account=account,
        name="電話番号再入力のお願い",
        is_on=True,
        switched_at=timezone.now(),
        wait_for_polls=True,
        again_on_answer=True,
        condition={"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]},
    )
    Trigger.objects.create(scenario=scenario, tag=known)
    content = Content.objects.create(text=ASKING, form_id=form.public_id)
    Step.objects.create(scenario=scenario, delay=timedelta(minutes=20), content=content)


def make_follow_scenario(account: LineAccount) -> None:
    """Make what an order in the demo cart starts for a linked member."""
    scenario = Scenario.objects.create(
        account=account,
        name="ご注文のお礼とその後",
        is_on=True,
        switched_at=timezone.now(),
        second_event=Scenario.SecondEvent.RESTART,
    )
    Trigger.objects.create(scenario=scenario, kind="order")
    for delay, at_time, text in FOLLOWING:
        content = make_text_content(text)
        mail = make_mail_content("【さくらコスメ】ご注文{order_number}について", text)
        Step.objects.create(
            scenario=scenario,
            delay=delay,
            at_time=at_time,
            way=Way.EITHER,
            content=content,
            mail_content=mail,
        )
