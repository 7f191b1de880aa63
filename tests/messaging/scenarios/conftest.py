"""What the series of these tests begin by and whom they reach."""

import pytest

from members.models import Member, Tag
from messaging.models import LineAccount
from sandbox.serving import Sandbox
from tests.factories import make_friends, make_tag


@pytest.fixture
def tag(sakura: object) -> Tag:
    return make_tag("回答済み")


@pytest.fixture
def linked(sakura: object) -> Tag:
    return make_tag("連携済み")


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    return make_friends(line, account, 3)
