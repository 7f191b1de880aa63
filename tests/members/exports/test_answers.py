"""Answers to forms in an exported file."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from forms_builder.answers.store import store_answers
from forms_builder.models import Field, Form, Submission
from forms_builder.public.answer_form import AnswerForm
from forms_builder.versions import store_version
from jobs.models import Job
from members.conditions.url import decode_condition
from members.exports import query
from members.exports.columns import list_export_columns
from members.models import Member
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.forms_builder.conftest import make_account, make_form, make_submission
from tests.members.exports.conftest import table, unpacked
from tests.members.exports.test_request import EXPORT, FILLED, told

Export = Callable[..., Job]


@pytest.fixture
def form(sakura: Tenant) -> Form:
    return make_form(make_account())


def answered(
    form: Form,
    member: Member,
    day: int,
    said: dict[str, str],
    is_test: bool = False,
) -> Submission:
    at = datetime(2026, 11, day, 5, 30, tzinfo=UTC)
    return make_submission(form, member, said, is_test=is_test, received_at=at)


def of(form: Form) -> list[str]:
    return [
        name
        for name in list_export_columns()
        if name.startswith(f"answer:{form.public_id}:")
    ]


def rows(job: Job) -> list[list[str]]:
    return table(unpacked(job.files.get()))


def test_the_columns_of_a_form(form: Form) -> None:
    text = form.fields.get(kind="text")
    lead = f"answer:{form.public_id}:"
    found = {
        name: (column.title, column.group)
        for name, column in list_export_columns().items()
        if name.startswith("answer:")
    }
    assert found == {
        f"{lead}at": ("本人確認フォーム：回答日時", "本人確認フォーム"),
        f"{lead}name": ("本人確認フォーム：お名前", "本人確認フォーム"),
        f"{lead}phone": ("本人確認フォーム：電話番号", "本人確認フォーム"),
        f"{lead}email": ("本人確認フォーム：メールアドレス", "本人確認フォーム"),
        f"{lead}{text.input_name}": ("本人確認フォーム：ご要望", "本人確認フォーム"),
    }


@pytest.mark.parametrize("many", [1, 1_000])
def test_the_newest_answer_of_each(
    form: Form, exported: Export, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Both ways of joining say the same."""
    monkeypatch.setattr(query, "MANY", many)
    one, two, none = (Member.objects.create(name=name) for name in ("一", "二", "三"))
    other = make_form(form.account, name="別のフォーム")
    text = form.fields.get(kind="text")
    answered(form, one, 3, {"name": "古い"})
    answered(form, one, 20, {"name": "新しい", "text": "=1+1"})
    answered(form, one, 22, {"name": "テスト"}, is_test=True)
    answered(form, two, 21, {"name": "二番", "text": ""})
    answered(form, none, 21, {"name": "テスト"}, is_test=True)
    answered(other, one, 22, {"name": "別"})
    wanted = [
        "name",
        "tags",
        *(f"answer:{form.public_id}:{key}" for key in ("at", "name", text.input_name)),
    ]
    assert rows(exported([*wanted, f"answer:{other.public_id}:name"])) == [
        [
            "氏名",
            "タグ",
            "本人確認フォーム：回答日時",
            "本人確認フォーム：お名前",
            "本人確認フォーム：ご要望",
            "別のフォーム：お名前",
        ],
        ["三", "", "", "", "", ""],
        ["二", "", "2026/11/21 14:30", "二番", "", ""],
        ["一", "", "2026/11/20 14:30", "新しい", "'=1+1", "別"],
    ]


def test_what_was_left_as_it_was_is_the_members_own(
    form: Form, exported: Export
) -> None:
    member = Member.objects.create(
        name="山田 花子", email="h@example.jp", phone="0901", phone_e164="+819012341420"
    )
    kept = AnswerForm(
        store_version(form),
        member,
        {"name": "", "phone": "", "email": "new@example.jp"},
    )
    assert kept.is_valid()
    store_answers(answered(form, member, 1, {}), kept.list_answered())
    _heading, row = rows(exported(of(form)[1:]))
    assert row == ["山田 花子", "090-1234-1420", "new@example.jp", ""]


def test_a_question_worded_anew_keeps_its_answers(form: Form, exported: Export) -> None:
    text = form.fields.get(kind="text")
    answered(form, Member.objects.create(), 1, {"text": "静かに"})
    Field.objects.filter(pk=text.pk).update(label="ご希望")
    Field.objects.create(form=form, position=9, kind="text", label="ご要望")
    assert rows(exported(of(form)[4:])) == [
        ["本人確認フォーム：ご希望", "本人確認フォーム：ご要望"],
        ["静かに", ""],
    ]


def test_two_questions_in_the_same_words(form: Form, exported: Export) -> None:
    first = form.fields.get(kind="text")
    second = Field.objects.create(form=form, position=9, kind="text", label=first.label)
    answered(
        form,
        Member.objects.create(),
        1,
        {first.public_id: "一つ目", second.public_id: "二つ目"},
    )
    assert rows(exported(of(form)[4:])) == [
        ["本人確認フォーム：ご要望", "本人確認フォーム：ご要望（2）"],
        ["一つ目", "二つ目"],
    ]


def test_a_form_is_joined_once_for_all_its_questions(form: Form) -> None:
    chosen = [list_export_columns()[name] for name in ("tags", *of(form))]
    for count, times in (
        (1, "LEFT JOIN LATERAL (SELECT "),
        (query.MANY, "LEFT JOIN (SELECT "),
    ):
        sql, params = query.build_export_statement(
            Member.objects.all(), chosen, count, formulas=False
        )
        assert (sql.count("forms_builder_submission"), sql.count(times)) == (1, 2)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)


def test_another_shops_form_is_refused(cast: Cast, aiko: Client) -> None:
    with open_tenant_scope(cast.momiji):
        theirs = f"answer:{make_form(make_account()).public_id}:name"
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="一")
    answer = aiko.post(
        EXPORT, FILLED | {"order": ["name", theirs], "columns": [theirs]}
    )
    assert told(answer) == [
        "項目が選ばれていません。書き出す項目を1つ以上選んでください。"
    ]
    assert theirs not in answer.content.decode()


def test_the_form_leads_to_its_answerers_and_columns(
    form: Form, aiko: Client, ed: Client
) -> None:
    one = Member.objects.create(name="一")
    Member.objects.create(name="二")
    answered(form, one, 1, {"name": "一"})
    page = aiko.get(f"/t/sakura/contents/liff/{form.public_id}/")
    url = page.context["export_url"]
    assert f'href="{url.replace("&", "&amp;")}"' in page.content.decode()
    assert (
        "回答を書き出す"
        not in ed.get(f"/t/sakura/contents/liff/{form.public_id}/").content.decode()
    )
    asked = aiko.get(url)
    condition = asked.context["selection"]["condition"]
    assert condition == decode_condition(asked.wsgi_request.GET["c"])
    assert asked.context["selection"]["count"] == 1
    assert [choice.name for choice in asked.context["choices"] if choice.chosen][
        -5:
    ] == of(form)


def test_columns_of_a_form_are_folded_until_ticked(form: Form, aiko: Client) -> None:
    Member.objects.create(name="一")
    page = aiko.get(EXPORT)
    assert [choice.name for choice in page.context["choices"] if choice.group] == []
    ((fold, folded),) = page.context["folds"]
    assert (fold.group, [choice.name for choice in folded]) == (
        "本人確認フォーム",
        of(form),
    )
    data = {"order": ["name"], "columns": ["name", of(form)[1]], "reason": "x"}
    one = aiko.post(EXPORT, data)
    assert [choice.name for choice in one.context["choices"] if choice.chosen] == [
        "name",
        of(form)[1],
    ]
    every = aiko.post(EXPORT, data | {"with": f"answer:{form.public_id}"})
    assert [choice.name for choice in every.context["choices"] if choice.chosen] == [
        "name",
        *of(form),
    ]
    assert every.context["folds"] == []
    assert (every.status_code, every.context["form"].is_bound, Job.objects.count()) == (
        200,
        False,
        0,
    )
