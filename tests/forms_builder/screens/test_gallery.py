"""Ready forms, and the figures of the choices in the list of answers."""

import re

import pytest
from django.http import QueryDict
from django.test import Client

from forms_builder.answers.figures import build_figures
from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.gallery import READY, list_ready_forms
from forms_builder.models import Field, Form, Submission
from forms_builder.questions.base import Value
from forms_builder.screens.forms_editor import Editor
from members.models import Member
from messaging.models import LineAccount
from tests.forms_builder.conftest import make_submission

BASE = "/t/sakura/contents/liff/"


@pytest.mark.parametrize("key", READY)
def test_each_ready_form_can_be_saved_as_it_stands(
    aiko: Client, account: LineAccount, key: str
) -> None:
    """What the page shows is sent back by its own inputs, with nothing typed but the account."""
    body = aiko.get(f"{BASE}add/?ready={key}").content.decode()
    sent = QueryDict(mutable=True)
    for tag in re.findall(r"<input[^>]*>", body):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind, name = given.get("type"), given.get("name", "")
        if kind in ("hidden", "text") or (
            kind in ("checkbox", "radio") and " checked" in tag
        ):
            empty = "" if kind in ("hidden", "text") else "on"
            sent.appendlist(name, given.get("value", empty))
    for name, text in re.findall(
        r'<textarea name="([^"]+)"[^>]*>\s?(.*?)</textarea>', body, re.S
    ):
        sent[name] = text
    for name, options in re.findall(
        r'<select name="([^"]+)"[^>]*>(.*?)</select>', body, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    sent["account"] = account.public_id
    response = aiko.post(
        f"{BASE}add/", sent.urlencode(), "application/x-www-form-urlencoded"
    )
    assert response.status_code == 302, Editor.typed(sent, None).settings.errors
    form, ready = Form.objects.get(), READY[key]()
    assert (form.kind, form.name, form.title, form.intro, form.thanks) == (
        ready.kind,
        ready.name,
        ready.title,
        ready.intro,
        ready.thanks,
    )
    questions = [each.as_question() for each in form.fields.in_order()]
    assert [(q.kind, q.label, q.is_required) for q in questions] == [
        (q.kind, q.label, q.is_required) for q in ready.questions
    ]
    assert [[c.label for c in q.choices] for q in questions] == [
        [c.label for c in q.choices] for q in ready.questions
    ]


def test_the_gallery_shows_them_and_makes_none(
    aiko: Client, vic: Client, account: LineAccount
) -> None:
    body = aiko.get(f"{BASE}gallery/").content.decode()
    assert [each.name in body for each in list_ready_forms()] == [True] * len(READY)
    assert all(f"?ready={key}" in body for key in READY)
    assert Form.objects.count() == 0
    assert vic.get(f"{BASE}gallery/").status_code == 403
    assert aiko.get(f"{BASE}add/?ready=none").status_code == 200
    LineAccount.objects.all().delete()
    assert aiko.get(f"{BASE}gallery/").status_code == 302


@pytest.fixture
def survey(form: Form) -> Form:
    rows = [{"id": "good", "label": "満足"}, {"id": "bad", "label": "不満"}]
    for position, kind in enumerate(("single", "multiple"), start=8):
        Field.objects.create(
            form=form,
            position=position,
            kind=kind,
            label=f"質問{kind}",
            settings={"choices": rows},
        )
    return form


def say(form: Form, kind: str, *choices: tuple[str, str], **more: object) -> Submission:
    member = None if more.pop("anonymous", False) else Member.objects.create()
    submission = make_submission(form, member, **more)
    question = form.fields.get(kind=kind).as_question()
    values = [Value(text, choice=key) for key, text in choices]
    store_answers(submission, [Answered(question, values)])
    return submission


def test_figures_against_a_count_by_hand(survey: Form) -> None:
    good, bad, gone = ("good", "満足"), ("bad", "不満"), ("gone", "ふつう")
    say(survey, "single", good)
    say(survey, "single", good)
    say(survey, "single", gone)
    say(survey, "single", bad, is_test=True)
    say(survey, "multiple", good, bad)
    say(survey, "multiple", bad, anonymous=True)
    questions = [each.as_question() for each in survey.fields.in_order()]
    rows = Submission.objects.filter(form=survey, is_test=False)
    assert [
        (f.question.kind, f.answered, [(b.label, b.count, b.percent) for b in f.bars])
        for f in build_figures(questions, rows)
    ] == [
        ("single", 3, [("満足", 2, 67), ("不満", 0, 0), ("ふつう", 1, 33)]),
        ("multiple", 2, [("満足", 1, 50), ("不満", 2, 100)]),
    ]


def test_the_figures_follow_the_filter(vic: Client, survey: Form) -> None:
    say(survey, "single", ("good", "満足"))
    page = f"{BASE}{survey.public_id}/answers/"
    body = vic.get(page).content.decode()
    assert "選択肢の集計" in body and "1件（100%）" in body
    past = vic.get(f"{page}?received_until=2020-01-02")
    assert "選択肢の集計" not in past.content.decode()
    assert "選択肢の集計" not in vic.get(f"{page}?show=test").content.decode()
