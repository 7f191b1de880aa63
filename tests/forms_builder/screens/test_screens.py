"""コンテンツ › LIFF: the list, a form's page, its editor and its answers."""

import re

import pytest
from django.test import Client

from forms_builder.extensions import list_open_forms
from forms_builder.kinds import KINDS
from forms_builder.models import Field, Form, FormTag, Submission
from forms_builder.questions.choices import make_id
from forms_builder.questions.question import build_display_condition
from forms_builder.questions.registry import list_kinds
from forms_builder.versions import get_current_version
from members.attributes.definitions import make_attribute
from members.models import Member, Tag
from messaging.models import LineAccount
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.forms_builder.conftest import give, make_form, make_submission, make_tag

BASE = "/t/sakura/contents/liff/"


def typed(account: LineAccount, /, **changes: object) -> dict[str, object]:
    """What the editor sends for a form with phone and email."""
    rows = [("phone", "電話番号", True), ("email", "メール", False)]
    data: dict[str, object] = {
        "name": "再入力",
        "account": account.public_id,
        "kind": "identity",
        "title": "電話番号の再入力",
        "questions": len(rows),
    }
    for n, (kind, label, required) in enumerate(rows):
        data |= {
            f"q{n}-kind": kind,
            f"q{n}-label": label,
            f"q{n}-key": "",
            f"q{n}-writes": "item",
        }
        data |= {f"q{n}-is_required": "on"} if required else {}
    return data | changes


def answer(
    form: Form, member: Member, value: str = "花子", **more: object
) -> Submission:
    return make_submission(form, member, {"name": value}, **more)


def test_without_an_account_the_list_says_what_to_do_first(
    aiko: Client, sakura: object
) -> None:
    body = aiko.get(BASE).content.decode()
    assert "LINEアカウントが登録されていません" in body and "フォームを追加" not in body


def test_the_list_shows_the_address_and_counts_without_tests(
    aiko: Client, form: Form
) -> None:
    member = Member.objects.create()
    answer(form, member)
    answer(form, member, is_test=True)
    body = aiko.get(BASE).content.decode()
    assert f"/3001-sakura/{form.public_id}/" in body
    assert (
        re.search(r'class="num at-meta">\s*<span.*</span>\s*1\s*</td>', body)
        and "受付中" in body
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_for_one_form_and_for_three(
    aiko: Client, account: LineAccount, count: int, django_assert_num_queries: object
) -> None:
    for n in range(count):
        answer(make_form(account, name=f"フォーム{n}"), Member.objects.create())
    aiko.get(BASE)
    with django_assert_num_queries(12):  # type: ignore[operator]
        aiko.get(BASE)


def test_a_forms_page_has_every_address_and_a_qr_of_attributes_only(
    aiko: Client, form: Form
) -> None:
    body = aiko.get(f"{BASE}{form.public_id}/").content.decode()
    assert f'/p/sakura/f/{form.public_id}"' in body
    assert f"{form.public_id}/?test={form.test_key}" in body
    assert body.count("<svg viewBox=") == 2 and "style=" not in body


def test_making_a_form_with_a_tag_made_on_the_spot(
    aiko: Client, account: LineAccount
) -> None:
    off = make_tag("未回答者")
    response = aiko.post(
        f"{BASE}add/",
        typed(account, new_add_tag="回答〇済み", remove_tags=[off.public_id]),
    )
    form = Form.objects.get()
    assert response["Location"] == f"{BASE}{form.public_id}/"
    assert (form.name, form.title, form.account, form.is_open, form.kind) == (
        "再入力",
        "電話番号の再入力",
        account,
        True,
        "identity",
    )
    assert list(
        form.fields.order_by("position").values_list(
            "position", "kind", "label", "is_required"
        )
    ) == [
        (1, "phone", "電話番号", True),
        (2, "email", "メール", False),
    ]
    assert set(FormTag.objects.values_list("tag__name", "removes")) == {
        ("回答〇済み", False),
        ("未回答者", True),
    }
    assert (
        AuditEntry.objects.filter(
            action="form.made", target=f"forms_builder.form:{form.pk}"
        ).count()
        == 1
    )


def test_changing_keeps_the_rows_of_questions_that_stay(
    ed: Client, form: Form, account: LineAccount
) -> None:
    phone, email = form.fields.get(kind="phone"), form.fields.get(kind="email")
    data = typed(account)
    data |= {
        "q0-kind": "email",
        "q0-label": "メール",
        "q0-key": email.public_id,
        "q1-kind": "phone",
        "q1-label": "電話",
        "q1-key": phone.public_id,
    }
    assert ed.post(f"{BASE}{form.public_id}/edit/", data).status_code == 302
    assert list(
        Field.objects.order_by("position").values_list("pk", "position", "label")
    ) == [
        (email.pk, 1, "メール"),
        (phone.pk, 2, "電話"),
    ]


@pytest.mark.parametrize(
    ("how", "order"),
    [
        ("down:0", ["email", "phone"]),
        ("up:1", ["email", "phone"]),
        ("up:0", ["phone", "email"]),
        ("remove:0", ["email"]),
        ("add:name", ["phone", "email", "name"]),
        ("add:nonsense", ["phone", "email"]),
        ("up:9", ["phone", "email"]),
        ("to:1:0", ["email", "phone"]),
        ("to:0:9", ["phone", "email"]),
        ("to:0", ["phone", "email"]),
        ("sideways", ["phone", "email"]),
    ],
)
def test_moving_a_question_saves_nothing_and_loses_nothing(
    aiko: Client, account: LineAccount, how: str, order: list[str]
) -> None:
    response = aiko.post(f"{BASE}add/", typed(account, intro="途中の文", move=how))
    body = response.content.decode()
    assert response.status_code == 200 and Form.objects.count() == 0
    assert re.findall(r'name="q\d-kind" value="(\w+)"', body) == order
    assert (
        "途中の文" in body
        and 'value="電話番号の再入力"' in body
        and "data-errors" not in body
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "入力されていません。入力してください。"),
        (
            {"title": "あ" * 101},
            "100文字を超えています（101文字）。100文字以内にしてください。",
        ),
        ({"questions": 0}, "項目がありません。"),
        ({"q1-kind": "phone"}, "同じ種類の項目が2つあります。"),
        (
            {"q0-kind": "name", "q1-kind": "text", "q1-writes": ""},
            "電話番号もメールアドレスもないため、カートと照合できません。",
        ),
        ({"q0-label": ""}, "1番目の項目の表示名"),
        ({"account": "xxxxxxxxxxxx"}, "LINEアカウント"),
        ({"add_tags": ["nothere"]}, "選んだタグが見つかりません。"),
    ],
)
def test_what_is_wrong_is_named_and_kept(
    aiko: Client, account: LineAccount, changes: dict[str, object], told: str
) -> None:
    response = aiko.post(f"{BASE}add/", typed(account, intro="そのまま", **changes))
    body = response.content.decode()
    assert (response.status_code, Form.objects.count(), Tag.objects.count()) == (
        422,
        0,
        0,
    )
    assert told in body and "data-errors" in body and "そのまま" in body


def test_one_tag_cannot_be_put_on_and_taken_off(
    aiko: Client, account: LineAccount
) -> None:
    both = make_tag("両方").public_id
    response = aiko.post(
        f"{BASE}add/", typed(account, add_tags=[both], remove_tags=[both])
    )
    assert (
        response.status_code == 422
        and "両方に選んでいます" in response.content.decode()
    )


def test_closing_and_opening(aiko: Client, form: Form) -> None:
    for is_open in (False, True):
        sent = {"open": str(int(is_open)), "anyway": "1"}
        aiko.post(f"{BASE}{form.public_id}/switch/", sent)
        assert Form.objects.get().is_open == is_open
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "form.closed",
        "form.opened",
    ]


def test_the_preview_shows_what_is_being_typed(
    aiko: Client, account: LineAccount
) -> None:
    body = aiko.post(
        f"{BASE}preview/", typed(account, **{"q0-label": "<携帯>"})
    ).content.decode()
    assert "電話番号の再入力" in body and "&lt;携帯&gt;" in body and "※任意" in body


def test_answers_newest_first_and_tests_apart(vic: Client, form: Form) -> None:
    member = Member.objects.create(name="山田花子")
    answer(form, member, "ふるい")
    answer(form, member, "あたらしい")
    answer(form, member, "ためし", is_test=True)
    body = vic.get(f"{BASE}{form.public_id}/answers/").content.decode()
    assert body.index("あたらしい") < body.index("ふるい") and "ためし" not in body
    tests = vic.get(f"{BASE}{form.public_id}/answers/?show=test").content.decode()
    assert "ためし" in tests and "テスト" in tests and "ふるい" not in tests


@pytest.mark.parametrize("count", [1, 3])
def test_answers_ask_the_same_for_one_and_for_three(
    vic: Client, form: Form, count: int, django_assert_num_queries: object
) -> None:
    for n in range(count):
        answer(form, Member.objects.create(name=f"会員{n}"))
    vic.get(f"{BASE}{form.public_id}/answers/")
    with django_assert_num_queries(13):  # type: ignore[operator]
        vic.get(f"{BASE}{form.public_id}/answers/")


def test_a_viewer_may_look_and_not_touch(vic: Client, form: Form) -> None:
    assert "受付を停止" not in vic.get(f"{BASE}{form.public_id}/").content.decode()
    for path in ("add/", f"{form.public_id}/edit/"):
        assert vic.get(f"{BASE}{path}").status_code == 403
    assert vic.post(f"{BASE}{form.public_id}/switch/", {"open": "0"}).status_code == 403
    assert Form.objects.get().is_open


def test_another_shops_form_is_not_here(
    momiji_form: Form, aiko: Client, oscar: Client
) -> None:
    for path in ("", "edit/", "answers/"):
        assert aiko.get(f"{BASE}{momiji_form.public_id}/{path}").status_code == 404
        assert (
            oscar.get(
                f"/t/momiji/contents/liff/{momiji_form.public_id}/{path}"
            ).status_code
            == 200
        )
    assert oscar.get(BASE).status_code == 404


def test_messages_may_link_to_open_forms(form: Form, account: LineAccount) -> None:
    make_form(account, name="停止中", is_open=False)
    assert [(f.public_id, f.label, list(f.kinds)) for f in list_open_forms()] == [
        (form.public_id, "本人確認フォーム", ["name", "phone", "email", "text"])
    ]


def test_the_members_page_shows_the_answers(aiko: Client, form: Form) -> None:
    member = Member.objects.create(name="山田花子")
    answer(form, member, "はなこの回答")
    answer(form, Member.objects.create(), "よその回答")
    body = aiko.get(f"/t/sakura/members/{member.public_id}/?tab=forms").content.decode()
    assert (
        "フォーム回答" in body and "はなこの回答" in body and "よその回答" not in body
    )
    assert f"{BASE}{form.public_id}/" in body


def test_all_answers_can_be_reached(aiko: Client, form: Form) -> None:
    member = Member.objects.create(name="山田花子")
    for number in range(1, 53):
        answer(form, member, f"第{number:02}回")
    page = f"/t/sakura/members/{member.public_id}/"
    newest = aiko.get(page, {"tab": "forms"}).content.decode()
    assert ("第52回" in newest, "第03回" in newest, "第02回" in newest) == (
        True,
        True,
        False,
    )
    assert "<b>1–50</b> / 52件" in newest
    after = Submission.objects.order_by("-received_at", "-pk")[49].public_id
    oldest = aiko.get(
        page, {"tab": "forms", "after": after, "at": "51"}
    ).content.decode()
    assert "第02回" in oldest and "<b>51–52</b> / 52件" in oldest
    everything = aiko.get(page, {"tab": "all"}).content.decode()
    assert (
        "第43回" in everything,
        "第42回" in everything,
        'href="?tab=forms"' in everything,
    ) == (True, False, True)


def test_without_a_line_account_the_list_says_what_to_do_first(
    aiko: Client, sakura: Tenant
) -> None:
    page = aiko.get("/t/sakura/contents/liff/add/", follow=True)
    assert page.request["PATH_INFO"] == "/t/sakura/contents/liff/"
    assert "先にLINEアカウントの接続が必要です" in page.content.decode()


def row(n: int, kind: str, label: str, **more: str) -> dict[str, str]:
    """What the editor sends of one question."""
    base = {"kind": kind, "label": label, "key": f"key{n}", "writes": ""}
    return {f"q{n}-{name}": text for name, text in (base | more).items()}


def test_making_a_form_of_every_kind(aiko: Client, account: LineAccount) -> None:
    own = {key for key, kind in list_kinds().items() if kind.item}
    data: dict[str, object] = {**typed(account), "kind": "other", "questions": 14}
    for n, key in enumerate(KINDS):
        data |= row(n, key, f"質問{n}", writes="item" if key in own else "")
    data |= {"q10-s-choices": "朝\n夜", "q11-s-choices": "月\n火", "q13-s-param": "src"}
    data |= {"q0-s-split": "on", "q8-s-unit": "個", "q12-s-url": "https://example.jp/"}
    data |= {"q12-shown_when": f"key10:{make_id('夜', [])}", "q6-help": "補足"}
    response = aiko.post(f"{BASE}add/", data)
    assert response.status_code == 302, response.context["editor"].error
    form = Form.objects.get()
    questions = get_current_version(form).questions
    assert [each.kind for each in questions] == list(KINDS)
    assert [each.label for each in questions[10].choices] == ["朝", "夜"]
    assert questions[12].awaited == ("key10", [questions[10].choices[1].id])
    assert (questions[6].help_text, questions[13].settings) == (
        "補足",
        {"param": "src"},
    )
    assert [each.writes for each in questions[:7]] == ["item"] * 6 + [""]
    page = aiko.get(f"{BASE}{form.public_id}/edit/").content.decode()
    assert "「質問10」が「夜」のとき" in page and "朝\n夜</textarea>" in page
    assert aiko.post(f"{BASE}{form.public_id}/edit/", data).status_code == 302
    assert form.versions.count() == 1


def test_a_survey_needs_no_contact(aiko: Client, account: LineAccount) -> None:
    data = {
        **typed(account, kind="contact", questions=1),
        **row(0, "long_text", "内容"),
    }
    assert aiko.post(f"{BASE}add/", data).status_code == 302
    assert Form.objects.get().kind == "contact"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"q1-shown_when": "key0:gone"}, "条件に選んだ質問か選択肢が"),
        ({"q0-shown_when": "key0:gone"}, "条件に選んだ質問か選択肢が"),
        ({"q0-s-choices": ""}, "選択肢がありません。"),
        ({"q1-writes": "nowhere"}, "回答の反映先"),
    ],
)
def test_what_is_wrong_with_a_kind_is_told(
    aiko: Client, account: LineAccount, changes: dict[str, str], told: str
) -> None:
    data = {**typed(account, kind="other"), **row(0, "single", "時間帯")}
    data |= {"q0-s-choices": "朝\n夜", **row(1, "text", "一言"), **changes}
    response = aiko.post(f"{BASE}add/", data)
    body = response.content.decode()
    assert (response.status_code, Form.objects.count()) == (422, 0)
    assert told in body and "data-errors" in body


def test_an_answer_goes_to_an_item_that_has_its_choices(
    aiko: Client, account: LineAccount
) -> None:
    item = make_attribute("ご希望", "choice", ["朝"], False, True)
    data = {**typed(account, kind="other", questions=1), **row(0, "single", "時間帯")}
    data |= {"q0-s-choices": "朝\n夜", "q0-writes": item.public_id}
    wrong = aiko.post(f"{BASE}add/", data)
    assert "「ご希望」に「夜」という選択肢がありません" in wrong.content.decode()
    right = aiko.post(f"{BASE}add/", data | {"q0-s-choices": "朝"})
    assert (right.status_code, Field.objects.get().attribute) == (302, item)


def test_a_choice_can_be_named_before_it_is_saved(
    aiko: Client, account: LineAccount
) -> None:
    """Whoever adds a choice and then a question finds the choice in the list of conditions at once."""
    data = {**typed(account, kind="other", questions=1), **row(0, "single", "時間帯")}
    data |= {"q0-s-choices": "朝\n夜", "move": "add:text"}
    page = aiko.post(f"{BASE}add/", data).content.decode()
    assert (
        f'value="key0:{make_id("夜", [])}"' in page
        and "「時間帯」が「夜」のとき" in page
    )


def test_the_preview_shows_choices_and_conditions(
    aiko: Client, account: LineAccount
) -> None:
    data = {**typed(account, kind="other"), **row(0, "single", "時間帯")}
    data |= {"q0-s-choices": "朝\n夜"}
    data |= row(1, "text", "一言", shown_when=f"key0:{make_id('夜', [])}")
    body = aiko.post(f"{BASE}preview/", data).content.decode()
    assert "「時間帯」が「夜」のとき" in body and 'class="preview-choice">朝' in body


def test_period_and_notice_are_kept(aiko: Client, account: LineAccount) -> None:
    more = {"kind": "other", "opens_at": "2026-12-01T09:00", "closes_at": "2026-12-24T18:00", "once_per_person": "on",
            "allows_browser": "on", "notifies": "on", "notice_ways": ["line", "mail"]}  # fmt: skip
    assert aiko.post(f"{BASE}add/", typed(account, **more)).status_code == 302
    form = Form.objects.get()
    assert (form.once_per_person, form.allows_browser, form.notifies) == (True,) * 3
    assert form.notice_ways == ["line", "mail"]
    assert form.opens_at and form.opens_at.isoformat() == "2026-12-01T00:00:00+00:00"
    page = aiko.get(f"{BASE}{form.public_id}/edit/").content.decode()
    assert 'value="2026-12-01T09:00"' in page and 'value="2026-12-24T18:00"' in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"opens_at": "2026-12-02T09:00", "closes_at": "2026-12-01T09:00"},
            "受付の終了が開始より前",
        ),
        ({"once_per_person": "on"}, "何度でも回答できます"),
    ],
)
def test_what_cannot_be_of_period_and_person(
    aiko: Client, account: LineAccount, changes: dict[str, str], told: str
) -> None:
    response = aiko.post(f"{BASE}add/", typed(account, **changes))
    assert response.status_code == 422 and told in response.content.decode()


def test_a_copy_has_its_own_questions_and_is_closed(aiko: Client, form: Form) -> None:
    asked = form.fields.get(kind="text")
    Field.objects.filter(pk=asked.pk).update(
        kind="single", settings={"choices": [{"id": "a", "label": "朝"}]}
    )
    Field.objects.create(
        form=form,
        position=9,
        kind="text",
        label="一言",
        shown_when=build_display_condition(asked.public_id, "a"),
    )
    give(form, make_tag("回答済み"))
    response = aiko.post(f"{BASE}{form.public_id}/copy/")
    made = Form.objects.exclude(pk=form.pk).get()
    assert response["Location"] == f"{BASE}{made.public_id}/edit/"
    assert (made.name, made.is_open) == ("本人確認フォーム のコピー", False)
    assert [tag.name for tag in made.tags_to(remove=False)] == ["回答済み"]
    old, new = (
        [each.as_question() for each in one.fields.in_order()] for one in (form, made)
    )
    assert [(q.kind, q.label, q.settings) for q in new] == [
        (q.kind, q.label, q.settings) for q in old
    ]
    assert not {q.id for q in old} & {q.id for q in new}
    assert new[-1].awaited == (new[3].id, ["a"])
    assert made.versions.count() == 1
