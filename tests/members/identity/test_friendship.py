import datetime as dt

from members.identity.friendship import apply_friend_event
from members.models import Member
from tenants.models import Tenant

AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_follow_makes_a_member_once(sakura: Tenant) -> None:
    member = apply_friend_event(
        "U1", "friend", AT, "はなこ", "https://profile.line-scdn.net/a"
    )
    again = apply_friend_event("U1", "friend", AT + HOUR)
    assert (again.pk, again.line_name, again.line_state, again.line_state_at) == (
        member.pk,
        "はなこ",
        "friend",
        AT + HOUR,
    )
    assert again.last_seen_at == AT + HOUR
    assert Member.objects.count() == 1


def test_an_older_event_changes_no_newer_state(sakura: Tenant) -> None:
    apply_friend_event("U1", "blocked", AT + HOUR, "新しい名前")
    member = apply_friend_event("U1", "friend", AT, "古い名前")
    assert (member.line_state, member.line_state_at, member.line_name) == (
        "blocked",
        AT + HOUR,
        "新しい名前",
    )
