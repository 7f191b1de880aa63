"""処理の一覧, narrowed; and what every list's filters have in common."""

import html

import pytest
from django.test import Client

from jobs.models import Job
from tenants.models import Tenant
from tests.conftest import Cast
from tests.filtering import FRIDAY, SATURDAY, change

JOBS = "/t/sakura/jobs/"


@pytest.fixture
def jobs(sakura: Tenant, cast: Cast) -> None:
    export = Job.objects.create(
        kind="members.export",
        operator=cast.ed,
        state="failed",
        params={"selection": {"count": 1}, "reason": "", "format": "csv"},
    )
    tagging = Job.objects.create(kind="bulk.tag", operator=cast.aiko)
    undoing = Job.objects.create(kind="bulk.tag.undo", state="failed")
    change(export, created_at=FRIDAY)
    change(tagging, created_at=SATURDAY)
    change(undoing, created_at=SATURDAY)


def list_kinds(client: Client, query: str = "") -> list[str]:
    page = client.get(JOBS + query).context["page"]
    return sorted(job.kind for job in page.rows)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["bulk.tag", "bulk.tag.undo", "members.export"]),
        ("?kind=members.export", ["members.export"]),
        ("?kind=bulk.tag", ["bulk.tag", "bulk.tag.undo"]),
        ("?state=failed", ["bulk.tag.undo", "members.export"]),
        ("?state=failed&kind=bulk.tag", ["bulk.tag.undo"]),
        ("?by=me", ["bulk.tag"]),
        ("?created_from=2026-11-21", ["bulk.tag", "bulk.tag.undo"]),
        ("?created_until=2026-11-20", ["members.export"]),
        ("?created_from=2026-11-20&created_until=2026-11-20", ["members.export"]),
        ("?created_from=2026-11-22", []),
        ("?state=&by=&kind=", ["bulk.tag", "bulk.tag.undo", "members.export"]),
    ],
)
def test_jobs_are_narrowed(
    jobs: None, aiko: Client, query: str, kinds: list[str]
) -> None:
    assert list_kinds(aiko, query) == kinds


def test_an_operator_is_chosen_by_number(jobs: None, cast: Cast, aiko: Client) -> None:
    assert list_kinds(aiko, f"?by={cast.ed.pk}") == ["members.export"]
    wrong = aiko.get(f"{JOBS}?by={cast.oscar.pk}").context["filters"].form.errors
    assert wrong["by"] == ["選択肢にない値です。選択肢から選び直してください。"]


def test_each_chip_leads_to_the_list_without_it(jobs: None, aiko: Client) -> None:
    query = "?state=failed&kind=&created_from=2026-11-21&sort=x&after=9&at=51"
    filters = aiko.get(JOBS + query).context["filters"]
    assert [(chip.label, chip.value, chip.remove_url) for chip in filters.chips] == [
        ("状態", "失敗", "?created_from=2026-11-21&sort=x"),
        ("受付日", "2026/11/21〜", "?state=failed&sort=x"),
    ]
    assert filters.clear_url == "?sort=x"
    assert filters.hidden_beside_panel == [("sort", "x")]


def test_what_is_chosen_stands_in_the_page(jobs: None, aiko: Client) -> None:
    page = html.unescape(
        aiko.get(f"{JOBS}?by=me&created_until=2026-11-20").content.decode()
    )
    assert "条件に一致するものはありません。" in page
    assert 'aria-label="条件「実行した人：自分」を外す"' in page
    assert '<option value="me" selected>' in page
    assert 'name="created_until" value="2026-11-20"' in page
    assert '<details class="drop sheet" open' not in page


def test_what_cannot_be_read_is_explained_at_its_field(
    jobs: None, aiko: Client
) -> None:
    page = aiko.get(f"{JOBS}?created_from=0000-01-01&state=failed")
    assert page.context["page"].rows == []
    text = page.content.decode()
    assert "日付として読み取れません。" in text
    assert 'aria-describedby="filter_created_error"' in text
    assert '<details class="drop sheet" open' in text


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("created_from=9999-12-31", "1900年から2999年までの日付ではありません。"),
        ("created_until=1899-12-31", "1900年から2999年までの日付ではありません。"),
        (
            "created_from=2026-11-22&created_until=2026-11-21",
            "開始日が終了日より後です。",
        ),
    ],
)
def test_days_that_mean_nothing(
    jobs: None, aiko: Client, query: str, cause: str
) -> None:
    page = aiko.get(f"{JOBS}?{query}")
    assert (page.context["page"].rows, cause in page.content.decode()) == ([], True)
