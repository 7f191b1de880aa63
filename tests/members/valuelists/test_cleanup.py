import datetime as dt

import time_machine
from celery import current_app
from django.utils import timezone

from members.conditions.search import save_search_text
from members.models import SearchText, ValueList, ValueListText
from members.valuelists.cleanup import RETENTION, delete_old_searches
from members.valuelists.lists import make_value_list
from operators.models import AuditEntry
from tenants.models import Tenant, Wakeup


def test_searches_and_lists_go_after_a_month(sakura: Tenant) -> None:
    now = timezone.now()
    with time_machine.travel(now - RETENTION, tick=False):
        save_search_text("山田")
        make_value_list("a@example.jp")
    save_search_text("髙橋")
    make_value_list("b@example.jp")
    again = delete_old_searches()
    assert [search.text for search in SearchText.objects.all()] == ["髙橋"]
    assert list(ValueListText.objects.values_list("keys", flat=True)) == [
        "b@example.jp"
    ]
    assert ValueList.objects.count() == 1
    assert again and abs(again - (now + RETENTION)) < dt.timedelta(minutes=1)
    assert AuditEntry.objects.latest("id").data == {"searches": 1, "lists": 1}


def test_keeping_something_asks_to_be_tidied(sakura: Tenant) -> None:
    save_search_text("山田")
    wakeup = Wakeup.objects.get(kind="members.tidy", tenant=sakura)
    assert wakeup.due_at and wakeup.due_at > timezone.now() + RETENTION - dt.timedelta(
        minutes=1
    )


def test_nothing_left_no_further_tidying(sakura: Tenant) -> None:
    assert delete_old_searches() is None
    assert not AuditEntry.objects.exists()


def test_the_wakeup_runs_it(sakura: Tenant) -> None:
    from members import tasks

    assert tasks.run_search_cleanup(sakura, 0) is None
    assert "members.tidy" in current_app.tasks


def test_what_a_saved_condition_names_stays(sakura: Tenant) -> None:
    with time_machine.travel(timezone.now() - RETENTION, tick=False):
        SearchText.objects.filter(public_id=save_search_text("山田")).update(kept=True)
        ValueList.objects.filter(pk=make_value_list("a@example.jp").pk).update(
            kept=True
        )
    assert delete_old_searches() is None
    assert (SearchText.objects.count(), ValueListText.objects.count()) == (1, 1)
