"""Who gets a file, when, and what is written down about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs import runner
from jobs.files.passwords import describe_password_strength
from jobs.models import Job, JobFile
from members.models import Member
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import PASSWORD, Cast, client_for
from tests.members.exports.conftest import REASON, SECRET, table, unpacked

EXPORT, HISTORY = "/t/sakura/members/export/", "/t/sakura/members/exports/"
FILLED = {
    "confirm": "1", "order": ["name", "email"], "columns": ["name"], "format": "csv", "reason": REASON,
    "password": SECRET, "own_password": PASSWORD,
}  # fmt: skip


@pytest.fixture
def aiko(cast: Cast) -> Client:
    """She has not shown who she is since she logged in."""
    return client_for(cast.aiko, confirmed=False)


def told(answer: Any) -> list[str]:
    return [
        str(message)
        for messages in answer.context["form"].errors.values()
        for message in messages
    ]


def test_the_list_as_it_stands_is_exported(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    Member.objects.create(name="友", line_state="friend")
    Member.objects.create(name="他", line_state="friend", deleted_at=timezone.now())
    answer = aiko.post(EXPORT, FILLED)
    job = Job.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/t/sakura/jobs/{job.public_id}/",
    )
    assert (job.state, job.total, job.secret, job.operator) == (
        "waiting",
        1,
        SECRET,
        cast.aiko,
    )
    asked = AuditEntry.objects.order_by("pk").first()
    assert asked and (asked.action, asked.operator) == ("members.exported", cast.aiko)
    assert {
        key: asked.data[key] for key in ("count", "columns", "format", "reason", "ids")
    } == {
        "count": 1,
        "columns": ["name"],
        "format": "csv",
        "reason": REASON,
        "ids": None,
    }
    assert asked.data["condition"] == job.params["selection"]["condition"]
    runner.run_job(job.pk)
    assert table(unpacked(JobFile.objects.get())) == [["氏名"], ["友"]]
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "members.exported",
        "job.started",
        "job.ended",
    ]
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_only_the_ticked_ones(sakura: Tenant, aiko: Client) -> None:
    one, _two = (Member.objects.create(name=name) for name in ("一", "二"))
    asked = aiko.post(EXPORT, {"action": "export", "ids": [one.public_id]})
    assert (asked.context["selection"]["count"], asked.context["sentence"]) == (
        1,
        "選択した会員",
    )
    aiko.post(EXPORT, FILLED | {"ids": [one.public_id]})
    runner.run_job(Job.objects.get().pk)
    assert table(unpacked(JobFile.objects.get())) == [["氏名"], ["一"]]


def test_once_in_thirty_minutes_from_the_last_that_succeeded(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    Member.objects.create(name="一")
    aiko.post(EXPORT, FILLED)
    running = aiko.post(EXPORT, FILLED)
    assert told(running) == [
        "前の書き出しがまだ処理中です。終わるのを待つか、処理の一覧で停止してください。"
    ]
    runner.run_job(Job.objects.get().pk)
    finished = timezone.localtime(Job.objects.get().finished_at)
    again = finished + timedelta(minutes=31)
    words = f"ファイルの書き出しは30分に1回です。次は{again:%H:%M}から書き出せます。"
    assert told(aiko.post(EXPORT, FILLED)) == [words]
    assert aiko.get(EXPORT).context["refused"] == words
    Job.objects.update(finished_at=timezone.now() - timedelta(minutes=30))
    assert aiko.post(EXPORT, FILLED).status_code == 302
    assert Job.objects.count() == 2


def test_a_failed_one_does_not_count(sakura: Tenant, aiko: Client) -> None:
    Member.objects.create(name="一")
    aiko.post(EXPORT, FILLED)
    runner.end_job(Job.objects.get().pk, Job.State.FAILED, "x")
    assert aiko.post(EXPORT, FILLED).status_code == 302


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"reason": "名簿のため"},
            "理由が短すぎます（いま5文字）。何のために書き出すかを、10文字以上で入力してください。",
        ),
        (
            {"reason": " "},
            "理由が入力されていません。何のために書き出すかを、10文字以上で入力してください。",
        ),
        (
            {"reason": "あ" * 201},
            "理由が長すぎます（いま201文字）。200文字以内で入力してください。",
        ),
        (
            {"format": ""},
            "ファイルの形式が選ばれていません。どれか1つを選んでください。",
        ),
        (
            {"format": "pdf"},
            "ファイルの形式が選ばれていません。どれか1つを選んでください。",
        ),
        (
            {"password": ""},
            "ファイルのパスワードが入力されていません。ファイルを開くときに使う文字を決めて、入力してください。",
        ),
        (
            {"password": "Aa-1" * 33},
            "128文字以内で入力してください（いま132文字です）。",
        ),
        (
            {"own_password": ""},
            "ログインパスワードが入力されていません。ログインするときのパスワードを入力してください。",
        ),
        (
            {"password": "Himitsu-20!"},
            "12文字以上で入力してください（いま11文字です）。",
        ),
        (
            {"password": "himitsu-himitsu"},
            "英字・数字・記号を、それぞれ1文字以上入れてください。",
        ),
        (
            {"password": "ひみつ-2026-abcdef"},
            "使えない文字があります。半角の英字・数字・記号だけを使ってください。",
        ),
        (
            {"columns": []},
            "項目が選ばれていません。書き出す項目を1つ以上選んでください。",
        ),
        (
            {"own_password": "wrong"},
            "ログインパスワードが違います。ログインするときのパスワードを入力してください。",
        ),
    ],
)
def test_refused_with_cause_and_remedy(
    sakura: Tenant, aiko: Client, changed: dict[str, Any], words: str
) -> None:
    Member.objects.create(name="一")
    answer = aiko.post(EXPORT, FILLED | changed)
    assert answer.status_code == 422
    assert told(answer) == [words]
    assert (Job.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_everything_wrong_is_told_at_once_and_what_was_typed_stays(
    sakura: Tenant, aiko: Client
) -> None:
    Member.objects.create(name="一")
    typed = {
        "order": ["email", "name"],
        "columns": ["email"],
        "format": "xlsx",
        "reason": "名簿",
        "password": SECRET,
    }
    answer = aiko.post(EXPORT, FILLED | typed)
    form = answer.context["form"]
    assert [form[name].value() for name in ("format", "reason", "password")] == [
        "xlsx",
        "名簿",
        SECRET,
    ]
    assert SECRET not in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert [(choice.name, choice.chosen) for choice in answer.context["choices"]][
        :2
    ] == [
        ("email", True),
        ("name", False),
    ]
    # The login password was right: it is not asked for a second time.
    assert "own_password" not in form.fields
    again = {name: value for name, value in FILLED.items() if name != "own_password"}
    assert (
        len(
            told(
                aiko.post(EXPORT, again | {"reason": "", "password": "", "columns": []})
            )
        )
        == 3
    )
    assert aiko.post(EXPORT, again).status_code == 302


def test_members_who_vanished_are_told_as_in_bulk(sakura: Tenant, aiko: Client) -> None:
    one, two = (Member.objects.create(name=name) for name in ("一", "二"))
    ids = [one.public_id, two.public_id]
    Member.objects.filter(pk=two.pk).update(deleted_at=timezone.now())
    for data in ({"action": "export", "ids": ids}, FILLED | {"ids": ids}):
        answer = aiko.post(EXPORT, data)
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            "/t/sakura/members/?",
        )
        (told_,) = aiko.get("/t/sakura/members/").context["messages"]
        assert str(told_) == (
            "選択した会員の一部が見つかりません。一覧を読み込み直して、もう一度選択してください。"
        )
    assert not Job.objects.exists()


def test_the_result_says_who_was_lost_on_the_way(sakura: Tenant, aiko: Client) -> None:
    _one, two = (Member.objects.create(name=name) for name in ("一", "二"))
    aiko.post(EXPORT, FILLED)
    Member.objects.filter(pk=two.pk).update(deleted_at=timezone.now())
    job = Job.objects.get()
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert runner.get_kind(job.kind).lines(job) == [
        "会員1名を書き出しました。",
        "確認したときは2名でした。書き出すまでの間に、削除・結合または変更された会員がいます。",
    ]


def test_the_own_password_is_asked_again_after_ten_minutes(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Member.objects.create(name="一")
    assert "own_password" in aiko.get(EXPORT).context["form"].fields
    aiko.post(EXPORT, FILLED)
    assert "own_password" not in aiko.get(EXPORT).context["form"].fields
    session = aiko.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 601
    session.save()
    assert "own_password" in aiko.get(EXPORT).context["form"].fields


def test_a_button_moves_a_column_and_keeps_the_rest(
    sakura: Tenant, aiko: Client
) -> None:
    data = {
        "order": ["name", "email", "phone"],
        "columns": ["name", "phone"],
        "reason": REASON,
        "move": "down:name",
    }
    answer = aiko.post(EXPORT, data)
    shown = [(choice.name, choice.chosen) for choice in answer.context["choices"]][:3]
    assert shown == [("email", False), ("name", True), ("phone", True)]
    assert answer.context["form"].initial["reason"] == REASON
    assert not Job.objects.exists()


def test_strength_in_words() -> None:
    assert describe_password_strength("abc") == (
        "bad",
        "12文字以上で入力してください（いま3文字です）。",
    )
    assert describe_password_strength("Aa-1" * 33) == (
        "bad",
        "128文字以内で入力してください（いま132文字です）。",
    )
    assert describe_password_strength("aaaaaaaaaa1-") == (
        "warn",
        "弱い：推測されにくい言葉を足してください。",
    )
    assert describe_password_strength(SECRET) == ("ok", "十分")
    assert describe_password_strength(SECRET + "xyz") == ("ok", "強い")


def test_the_history_says_who_and_why(
    sakura: Tenant, exported: Callable[..., Job], aiko: Client, ed: Client
) -> None:
    Member.objects.create(name="一")
    job = exported(["name"])
    (row,) = aiko.get(HISTORY).context["rows"]
    assert (row["job"], row["reason"], row["sentence"], row["file"]) == (
        job,
        REASON,
        "選択した会員",
        job.files.get(),
    )
    assert [
        client.get(page).status_code for client in (ed,) for page in (HISTORY, EXPORT)
    ] == [403, 403]


def test_the_button_is_for_those_who_may(
    sakura: Tenant, aiko: Client, ed: Client
) -> None:
    Member.objects.create(name="一")
    links = [
        client.get("/t/sakura/members/").content.decode().count(f'href="{EXPORT}')
        for client in (aiko, ed)
    ]
    assert links == [1, 0]


def test_an_owner_may_allow_shorter_passwords(
    sakura: Tenant, aiko: Client, ed: Client
) -> None:
    Member.objects.create(name="一")
    short = FILLED | {"password": "ab-123"}
    assert aiko.post(EXPORT, short).status_code == 422
    assert ed.post(f"{HISTORY}length/", {"length": "6"}).status_code == 403
    aiko.post(f"{HISTORY}length/", {"length": "5"})
    aiko.post(f"{HISTORY}length/", {"length": "6"})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == (
        "members.export_password_length_changed",
        {"before": 12, "after": 6},
    )
    assert told(aiko.post(EXPORT, short | {"password": "a-123"})) == [
        "6文字以上で入力してください（いま5文字です）。"
    ]
    assert aiko.post(EXPORT, short).status_code == 302
