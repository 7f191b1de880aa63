"""Further forms of the demo shop: an inquiry with an automatic reply, and a survey that some members answered."""

import random
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.gallery import ReadyForm, build_contact, build_survey
from forms_builder.models import (
    Form,
    FormMail,
    HelpDeskInbox,
    PrivacyNotice,
    Submission,
)
from forms_builder.questions.base import Value
from forms_builder.questions.question import Question
from forms_builder.screens.editor import create_form
from forms_builder.versions import get_current_version
from members.models import Member
from messaging.models import LineAccount
from tenants.fields import generate_public_id

REPLY = """{お名前} 様

お問い合わせいただき、ありがとうございます。
次の内容で受け付けました。

{回答内容}

受付日時：{受付日時}
"""
SEED, ANSWERS = 7, 40
PLACES = ("配送時のカード", "店頭のポスター", "メールマガジン")
WORDS = ("使いやすいです。", "香りが好きです。", "もう少し安いとうれしいです。")


def make_notice() -> None:
    PrivacyNotice.objects.create(
        purpose="ご本人の確認、ご注文・お届けに関するご連絡、お問い合わせへの回答のために利用します。",
        policy_url="https://example.jp/privacy",
    )


def make_ready_form(ready: ReadyForm, account: LineAccount, **more: object) -> Form:
    return create_form(
        account,
        ready.questions,
        [],
        [],
        name=ready.name,
        kind=ready.kind,
        title=ready.title,
        intro=ready.intro,
        thanks=ready.thanks,
        **more,
    )


def make_contact_form(account: LineAccount) -> None:
    form = make_ready_form(build_contact(), account, allows_browser=True)
    HelpDeskInbox.objects.create(address="desk@example.jp")
    FormMail.objects.create(
        form=form,
        is_on=True,
        copies=True,
        subject="【さくらコスメ】お問い合わせを受け付けました",
        text=REPLY,
    )


def make_survey(account: LineAccount) -> Form:
    """Make the survey, which also keeps by which link it was opened."""
    ready = build_survey()
    asked = Question(
        "hidden",
        "案内した場所",
        False,
        id=generate_public_id(),
        settings={"param": "src"},
    )
    return make_ready_form(replace(ready, questions=[*ready.questions, asked]), account)


def answer_survey(form: Form) -> None:
    """Let some members answer the survey in the last weeks, as if they had sent it."""
    dice, now = random.Random(SEED), timezone.now()  # noqa: S311  (made-up answers)
    version = get_current_version(form)
    members = Member.objects.exclude(line_user_id=None).order_by("pk")[:ANSWERS]
    for number, member in enumerate(members):
        submission = Submission.objects.create(
            form=form,
            version=version,
            member=member,
            ticket=f"demo-{number}",
            received_at=now - timedelta(minutes=dice.randrange(60, 30 * 1440)),
        )
        store_answers(
            submission, [answer_question(each, dice) for each in version.questions]
        )


def answer_question(question: Question, dice: random.Random) -> Answered:
    if question.kind == "hidden":
        signed = dice.random() < 0.7
        return Answered(question, [Value(dice.choice(PLACES), is_signed=signed)])
    if question.kind == "long_text":
        text = dice.choice(WORDS) if dice.random() < 0.5 else ""
        return Answered(question, [Value(text)] if text else [])
    weights = [5, 8, 4, 2, 1]
    many = 2 if question.kind == "multiple" else 1
    chosen = {each.id: each for each in dice.choices(question.choices, weights, k=many)}
    return Answered(
        question, [Value(each.label, choice=each.id) for each in chosen.values()]
    )
