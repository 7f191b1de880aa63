"""Tags, imports, exports and saved conditions, narrowed."""

import pytest
from django.test import Client

from jobs.models import Job
from members.exports.job import KIND
from members.models import MemberImport, Segment, Tag, TagFolder
from operators import groups
from operators.models import Seat
from tenants.models import Tenant
from tests.conftest import Cast
from tests.filtering import FRIDAY, SATURDAY, change, send_search

TAGS = "/t/sakura/members/tags/"
IMPORTS = "/t/sakura/members/imports/"
EXPORTS = "/t/sakura/members/exports/"
SEGMENTS = "/t/sakura/members/segments/"


@pytest.fixture
def tags(sakura: Tenant) -> TagFolder:
    folder = TagFolder.objects.create(name="定期")
    old = Tag.objects.create(
        name="定期3回目", name_key="定期3回目", color="red", folder=folder
    )
    new = Tag.objects.create(name="ＶＩＰ", name_key="vip", color="blue")
    change(old, created_at=FRIDAY)
    change(new, created_at=SATURDAY)
    return folder


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["定期3回目", "ＶＩＰ"]),
        ("?q=Vip", ["ＶＩＰ"]),
        ("?q=定期３", ["定期3回目"]),
        ("?folder=none", ["ＶＩＰ"]),
        ("?color=red", ["定期3回目"]),
        ("?color=blue&q=定期", []),
        ("?created_from=2026-11-21", ["ＶＩＰ"]),
        ("?created_until=2026-11-20", ["定期3回目"]),
    ],
)
def test_tags_are_narrowed(
    tags: TagFolder, vic: Client, query: str, names: list[str]
) -> None:
    shown = vic.get(TAGS + query).context["tags"]
    assert sorted(tag.name for tag in shown) == names


def test_tags_of_one_folder_keep_search_and_order(tags: TagFolder, vic: Client) -> None:
    page = vic.get(f"{TAGS}?folder={tags.public_id}&sort=-name&q=定期")
    assert [tag.name for tag in page.context["tags"]] == ["定期3回目"]
    filters = page.context["filters"]
    assert filters.hidden_beside_search == [
        ("folder", tags.public_id),
        ("sort", "-name"),
    ]
    assert filters.clear_url == f"?folder={tags.public_id}&sort=-name"
    urls = {tab["label"]: tab["url"] for tab in page.context["tabs"]}
    assert urls["すべて"] == "?sort=-name&q=%E5%AE%9A%E6%9C%9F"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["12月.csv", "顧客.xlsx"]),
        ("?q=CSV", ["12月.csv"]),
        ("?state=done", ["顧客.xlsx"]),
        ("?by=me", ["12月.csv"]),
        ("?created_from=2026-11-21", ["顧客.xlsx"]),
    ],
)
def test_imports_are_narrowed(
    sakura: Tenant, cast: Cast, aiko: Client, query: str, names: list[str]
) -> None:
    old = MemberImport.objects.create(name="12月.csv", operator=cast.aiko)
    new = MemberImport.objects.create(name="顧客.xlsx", state="done", operator=cast.ed)
    change(old, created_at=FRIDAY)
    change(new, created_at=SATURDAY)
    rows = aiko.get(IMPORTS + query).context["page"].rows
    assert sorted(source.name for source in rows) == names


@pytest.fixture
def exports(sakura: Tenant, cast: Cast) -> None:
    frozen = {"selection": {"count": 1}, "columns": []}
    old = Job.objects.create(
        kind=KIND,
        operator=cast.aiko,
        params={"reason": "DMの名簿", "format": "csv", **frozen},
    )
    new = Job.objects.create(
        kind=KIND,
        operator=cast.ed,
        state="failed",
        params={"reason": "山田様の確認", "format": "xlsx", **frozen},
    )
    change(old, created_at=FRIDAY)
    change(new, created_at=SATURDAY)


def list_reasons(client: Client, query: str = "") -> list[str]:
    rows = client.get(EXPORTS + query).context["rows"]
    return sorted(row["reason"] for row in rows)


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("", ["DMの名簿", "山田様の確認"]),
        ("?by=me", ["DMの名簿"]),
        ("?format=xlsx", ["山田様の確認"]),
        ("?state=failed", ["山田様の確認"]),
        ("?created_until=2026-11-20", ["DMの名簿"]),
    ],
)
def test_exports_are_narrowed(
    exports: None, aiko: Client, query: str, reasons: list[str]
) -> None:
    assert list_reasons(aiko, query) == reasons


def test_exports_are_found_by_their_reason(exports: None, aiko: Client) -> None:
    assert list_reasons(aiko, send_search(aiko, EXPORTS, "山田")) == ["山田様の確認"]
    assert list_reasons(aiko, send_search(aiko, EXPORTS, "dmの名")) == ["DMの名簿"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["休眠", "優良会員"]),
        ("?q=優良", ["優良会員"]),
        ("?place=own", ["休眠"]),
        ("?delivery=on", ["優良会員"]),
        ("?delivery=off", ["休眠"]),
        ("?changed_from=2026-11-21", ["優良会員"]),
        ("?q=なし", []),
    ],
)
def test_segments_are_narrowed(
    sakura: Tenant, cast: Cast, aiko: Client, query: str, names: list[str]
) -> None:
    group = groups.make_group("販促", [Seat.objects.get(operator=cast.aiko)])
    own = Segment.objects.create(name="休眠", owner=cast.aiko)
    shared = Segment.objects.create(
        name="優良会員", owner=cast.aiko, group=group, for_delivery=True
    )
    change(own, changed_at=FRIDAY)
    change(shared, changed_at=SATURDAY)

    def list_names(query: str) -> list[str]:
        places = aiko.get(SEGMENTS + query).context["places"]
        return sorted(row.name for place in places for row in place.segments)

    assert list_names(query) == names
    assert list_names(f"?place={group.public_id}") == ["優良会員"]
