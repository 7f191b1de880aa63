"""What is typed into the header finds settings above the members."""

import re

from django.test import Client

from members.models import Member
from members.normalize.names import normalize_name
from tenants.models import Tenant

SEARCH = "/t/sakura/members/search/"


def make_member(name: str) -> None:
    Member.objects.create(
        name=name, name_key=normalize_name(name), line_state=Member.LineState.FRIEND
    )


def read_found(client: Client, text: str) -> tuple[list[str], str]:
    """Return the URLs listed above the members, and the whole page."""
    page = client.post(SEARCH, {"q": text}, follow=True).content.decode()
    part = re.search(r'<nav class="card found-pages".*?</nav>', page, re.S)
    return re.findall(r'<a href="([^"]+)"', part[0]) if part else [], page


def test_settings_stand_above_the_members(sakura: Tenant, aiko: Client) -> None:
    make_member("アーカイブ 花子")
    found, page = read_found(aiko, "アーカイブ")
    assert found == ["/t/sakura/members/attributes/"]
    assert page.index("found-pages") < page.index("アーカイブ 花子")


def test_a_name_alone_shows_members_alone(sakura: Tenant, aiko: Client) -> None:
    make_member("山田 花子")
    found, page = read_found(aiko, "山田")
    assert found == []
    assert "山田 花子" in page


def test_what_a_viewer_may_not_open_is_not_found(sakura: Tenant, vic: Client) -> None:
    assert read_found(vic, "監査ログ")[0] == []
    assert read_found(vic, "営業日登録")[0] == ["/t/sakura/messages/calendar/"]
