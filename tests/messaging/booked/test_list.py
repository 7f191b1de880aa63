"""予約中 and the page of one delivery."""

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.booked.rows import (
    BookedParams,
    find_last_number,
    select_booked_rows,
)
from messaging.content.make import make_mail_content
from messaging.models import Content, Delivery, Scenario
from messaging.screens.booked import views
from operators.models import Seat
from tests.conftest import Cast
from tests.filtering import send_search
from tests.messaging.booked.conftest import DAY, list_series

BOOKED, LOG = "/t/sakura/messages/booked/", "/t/sakura/messages/log/"


def list_shown(client: Client, query: str = "") -> list[int]:
    return [row.pk for row in client.get(BOOKED + query).context["page"].rows]


def test_what_is_booked_stands_there_next_first(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=2)
    Delivery.objects.filter(pk=series[1].pk).update(state=7)
    other = list_series(friends[1])
    order = sorted([*series[1:], *other], key=lambda row: (row.planned_at, row.pk))
    assert list_shown(aiko) == [row.pk for row in order]


def test_each_filter_means_the_same_to_the_list_and_to_a_job(
    aiko: Client, series: list[Delivery], scenario: Scenario
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=7, source=1, channel="mail")
    Delivery.objects.filter(pk=series[1].pk).update(
        step=None, planned_at=timezone.now() + 40 * DAY
    )
    day = timezone.localdate(timezone.now() + 3 * DAY).isoformat()
    expected = {
        "": 6,
        "?state=held": 1,
        "?state=scheduled": 5,
        "?state=parked": 0,
        "?source=1": 1,
        "?source=0": 5,
        "?channel=mail": 1,
        f"?scenario={scenario.public_id}": 5,
        f"?planned_from={day}": 3,
        f"?planned_until={day}": 5,
        f"?planned_from={day}&planned_until={day}": 2,
        f"?sender={scenario.account.sender.public_id}": 6,
    }
    for query, count in expected.items():
        filters = aiko.get(BOOKED + query).context["filters"]
        params = BookedParams(last=find_last_number(), wish=filters.wish)
        found = set(
            select_booked_rows(params, filters.text).values_list("pk", flat=True)
        )
        assert (set(list_shown(aiko, query)), len(found)) == (found, count), query


def test_a_search_finds_a_name(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    query = send_search(aiko, BOOKED, "花子")
    rows = aiko.get(BOOKED + query).context["page"].rows
    assert {row.member_id for row in rows} == {friends[0].pk}
    aiko.post(f"{BOOKED}cancel/{query}", {"scope": "all", "confirm": "1"})
    assert [row.state for row in list_series(friends[0])] == [5, 5, 5]
    assert [row.state for row in list_series(friends[1])] == [0, 0, 0]


def test_millions_are_not_counted(
    aiko: Client, series: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "COUNTED", 4)
    assert "4件以上" in aiko.get(BOOKED).content.decode()
    monkeypatch.setattr(views, "COUNTED", 6)
    assert "件以上" not in aiko.get(BOOKED).content.decode()


def test_a_viewer_sees_the_list_without_its_buttons(
    vic: Client, series: list[Delivery]
) -> None:
    page = vic.get(BOOKED).content.decode()
    assert ("予約を取り消す" in page, "row-check" in page) == (False, False)
    page = vic.get(f"{LOG}{series[0].public_id}/").content.decode()
    assert ("一通目" in page, "予約を取り消す" in page) == (True, False)


def test_one_delivery_shows_its_words_its_series_and_who_changed_it(
    aiko: Client, series: list[Delivery]
) -> None:
    aiko.post(f"{LOG}{series[1].public_id}/cancel/")
    answer = aiko.get(f"{LOG}{series[1].public_id}/")
    page = answer.content.decode()
    assert [row.pk for row in answer.context["series"]] == [row.pk for row in series]
    for words in (
        "二通目",
        "オペレーターが予約を取り消しました。",
        "最後の変更",
        "あいさつ",
    ):
        assert words in page


def test_who_sees_people_masked_sees_no_name_in_the_words(
    vic: Client, cast: Cast, series: list[Delivery]
) -> None:
    Content.objects.filter(pk=series[0].content_id).update(text="{name}様、今日は。")
    Seat.objects.filter(operator=cast.vic).update(rights={"personal": False})
    page = vic.get(f"{LOG}{series[0].public_id}/").content.decode()
    assert ("様、今日は。" in page, "花子" in page) == (True, False)


def test_a_mail_is_shown_as_it_would_arrive(
    aiko: Client, series: list[Delivery]
) -> None:
    mail = make_mail_content("{name}様へ", "本文です。")
    Delivery.objects.filter(pk=series[0].pk).update(content=mail, channel="mail")
    page = aiko.get(f"{LOG}{series[0].public_id}/").content.decode()
    assert "山田 花子様へ" in page
