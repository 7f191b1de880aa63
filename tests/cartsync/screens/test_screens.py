"""The screens: what they show and what their buttons change."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cartsync.connectors.ecforce import Ecforce
from cartsync.connectors.kinds import KINDS
from cartsync.matching.link import flag_changed_links, link_members
from cartsync.models import Cart, CartOrder, CartTagRule, Link, SyncRun
from cartsync.sync.window import Reading
from members.models import Attribute, Member
from operators.models import AuditEntry
from outbound.concurrency import hold_place
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.cartsync.conftest import customer, known, make_cart, stored

pytestmark = pytest.mark.django_db
SETTINGS = {
    "name": "本店", "base_url": "http://127.0.0.1:9", "token": "", "frequency": "60", "match_key": "phone",
    "tag": "連携済み", "untag_on_end": "on",
}  # fmt: skip


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def run(
    cart: Cart, minutes_ago: int, outcome: str = "success", error: str = ""
) -> SyncRun:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return SyncRun.objects.create(
        cart=cart,
        started_at=at,
        begun_at=at,
        finished_at=at + timedelta(seconds=12),
        outcome=outcome,
        error=error,
    )


def test_status_says_how_the_cart_stands(aiko: Client, cart: Cart) -> None:
    for minutes in (10, 71, 130):
        run(cart, minutes)
    known("090-1234-5678", line_state="friend")
    by_link = known("090-1234-5679", line_state="friend")
    Member.objects.filter(pk=by_link.pk).update(known_by="mail_link")
    page = aiko.get("/t/sakura/carts/").content.decode()
    assert "実績は平均 1時間ごと" in page
    assert "正常" in page
    overview = aiko.get("/t/sakura/carts/").context["overviews"][0]
    assert overview.state[0] == "ok"
    funnel = aiko.get("/t/sakura/carts/").context["funnel"]
    assert (
        funnel.friends,
        funnel.known,
        funnel.by_form,
        funnel.linked,
        funnel.not_found,
    ) == (2, 2, 2, 0, 2)


def test_every_kind_of_cart_is_offered_with_what_it_can(
    aiko: Client, ed: Client, sakura: Tenant
) -> None:
    assert (
        'href="/t/sakura/carts/kinds/"' in aiko.get("/t/sakura/carts/").content.decode()
    )
    assert ed.get("/t/sakura/carts/kinds/").status_code == 403
    page = aiko.get("/t/sakura/carts/kinds/")
    offered = {kind.name: kind for kind in page.context["kinds"]}
    assert list(offered) == list(KINDS)
    for name in KINDS:
        path = f"/t/sakura/carts/new/?kind={name}"
        assert f'href="{path}"' in page.content.decode()
        assert str(offered[name].label) in aiko.get(path).content.decode()
    assert (offered["colorme"].reads, offered["colorme"].asked_by) == (
        "顧客・受注",
        "メールアドレス",
    )
    assert (offered["ecforce"].acts[:5], offered["files"].acts) == ("解約・休止", "")


def test_status_shows_the_last_error_with_its_remedy(aiko: Client, cart: Cart) -> None:
    run(cart, 10, "fix_settings", "refused")
    page = aiko.get("/t/sakura/carts/").content.decode()
    assert "APIトークンが受け付けられません。" in page
    assert "カートの管理画面でトークンを確かめ、設定に入れ直してください。" in page


@pytest.mark.parametrize("carts", [1, 3])
def test_status_asks_a_fixed_number_of_queries(
    aiko: Client, sakura: Tenant, carts: int, django_assert_num_queries: object
) -> None:
    for number in range(carts):
        run(make_cart(name=f"店{number}"), 10)
    with django_assert_num_queries(17):  # type: ignore[operator]
        aiko.get("/t/sakura/carts/")


def test_poll_now_wakes(ed: Client, vic: Client, cart: Cart) -> None:
    assert vic.post(f"/t/sakura/carts/{cart.public_id}/poll/").status_code == 403
    assert not Wakeup.objects.filter(kind="cartsync.poll").exists()
    ed.post(f"/t/sakura/carts/{cart.public_id}/poll/")
    assert list(Wakeup.objects.values_list("kind", "subject")) == [
        ("cartsync.poll", cart.pk)
    ]
    entry = AuditEntry.objects.get(action="cart.poll_requested")
    assert entry.operator and entry.operator.login_id == "ed"


def test_settings_never_show_the_token_and_keep_it_when_blank(
    aiko: Client, cart: Cart
) -> None:
    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    assert "demo-token" not in aiko.get(url).content.decode()
    aiko.post(url, SETTINGS | {"frequency": "15", "tag": "カート連携あり"})
    cart.refresh_from_db()
    assert (cart.settings["token"], cart.frequency, cart.linked_tag.name) == (
        "demo-token",
        15,
        "カート連携あり",
    )
    assert AuditEntry.objects.get(action="cart.changed").data == {
        "fields": ["frequency", "linked_tag"]
    }


def test_wrong_settings_keep_what_was_typed(aiko: Client, cart: Cart) -> None:
    answer = aiko.post(
        f"/t/sakura/carts/{cart.public_id}/settings/",
        SETTINGS | {"frequency": "0", "name": "二号店"},
    )
    assert answer.status_code == 422
    assert 'value="二号店"' in answer.content.decode()
    cart.refresh_from_db()
    assert (cart.name, cart.frequency) == ("本店", 60)


def test_a_new_match_key_is_told_in_numbers_first(aiko: Client, cart: Cart) -> None:
    linked, added = (
        known("090-1234-5678", "a@example.jp"),
        known("090-0000-1111", "b@example.jp"),
    )
    first, _second = stored(
        cart,
        customer(1, "09012345678", "other@example.jp"),
        customer(2, "09099999999", "b@example.jp"),
    )
    link_members(cart, [(linked.pk, first.pk)], "phone")
    url, values = (
        f"/t/sakura/carts/{cart.public_id}/settings/",
        SETTINGS | {"match_key": "email"},
    )
    told = aiko.post(url, values)
    assert told.status_code == 422
    assert "新しく1件が連携します" in told.content.decode()
    assert (
        "いまの連携0件は新しい設定でも一致し、1件は一致しません"
        in told.content.decode()
    )
    cart.refresh_from_db()
    assert cart.match_key == "phone"
    aiko.post(url, values | {"accepts_change": "on"})
    cart.refresh_from_db()
    assert cart.match_key == "email"
    assert [row.member_id for row in Link.objects.all()] == [linked.pk]
    assert added.link_state == "known"


def test_so_is_who_is_linked_only_with_an_order(aiko: Client, cart: Cart) -> None:
    ours = known("090-1234-5678")
    (theirs,) = stored(cart, customer(1, "09012345678"))
    link_members(cart, [(ours.pk, theirs.pk)], "phone")
    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    values = SETTINGS | {"match_key": "phone", "needs_order": "on"}
    told = aiko.post(url, values)
    assert told.status_code == 422
    assert (
        "いまの連携0件は新しい設定でも一致し、1件は一致しません"
        in told.content.decode()
    )
    assert aiko.post(url, values | {"accepts_change": "on"}).status_code == 302
    cart.refresh_from_db()
    assert (cart.needs_order, cart.links.current().count()) == (True, 1)


def test_an_archived_item_is_no_match_key(aiko: Client, cart: Cart) -> None:
    Attribute.objects.create(
        system="email",
        name="メール",
        name_key="system:email",
        kind="text",
        archived_at=timezone.now(),
    )
    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    answer = aiko.post(url, SETTINGS | {"match_key": "email", "accepts_change": "on"})
    assert answer.status_code == 422
    assert (
        "「メールアドレス」は会員情報項目で保管されています" in answer.content.decode()
    )
    cart.refresh_from_db()
    assert cart.match_key == "phone"


def test_connection_check_saves_nothing(
    aiko: Client, live: Cart, shop: Sandbox
) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": "09012345678"})
    url, values = (
        f"/t/sakura/carts/{live.public_id}/settings/",
        SETTINGS | {"base_url": shop.cart_url, "check": "1"},
    )
    assert (
        "カートの顧客は1件です"
        in aiko.post(url, values | {"name": "試し"}).content.decode()
    )
    assert (
        "APIトークンが受け付けられません"
        in aiko.post(url, values | {"token": "wrong"}).content.decode()
    )
    live.refresh_from_db()
    assert (live.name, live.settings["token"]) == ("本店", "demo-token")


@pytest.mark.parametrize("token", ["秘密の値", "line\nbreak", "ｓｅｃｒｅｔ"])
def test_a_token_that_cannot_be_sent_is_told_at_once(
    aiko: Client, cart: Cart, token: str
) -> None:
    answer = aiko.post(
        f"/t/sakura/carts/{cart.public_id}/settings/",
        SETTINGS | {"token": token, "check": "1"},
    )
    assert answer.status_code == 422
    assert "発行した画面からコピーし直してください" in answer.content.decode()
    assert token not in answer.content.decode()


@pytest.mark.parametrize("check", [{}, {"check": "1"}])
def test_the_stored_token_goes_to_no_other_address(
    aiko: Client, live: Cart, shop: Sandbox, check: dict[str, str]
) -> None:
    """Whoever changes the address would otherwise be sent the token that the screen does not show."""
    url = f"/t/sakura/carts/{live.public_id}/settings/"
    answer = aiko.post(url, SETTINGS | {"base_url": "http://127.0.0.1:9", **check})
    assert answer.status_code == 422
    assert "接続先URLを変えるときは、APIトークンも必要です" in answer.content.decode()
    live.refresh_from_db()
    assert live.base_url == shop.cart_url
    aiko.post(url, SETTINGS | {"base_url": "http://127.0.0.1:9", "token": "another"})
    live.refresh_from_db()
    assert (live.base_url, live.settings["token"]) == ("http://127.0.0.1:9", "another")


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "x",
        "\0",
        "javascript:1",
    ],
)
def test_the_way_back_is_one_of_ours(aiko: Client, cart: Cart, there: str) -> None:
    for button in ("link", "keep", "end"):
        answer = aiko.post(
            f"/t/sakura/carts/review/{button}/",
            {"next": there, "member": "\0", "link": "\0"},
        )
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            "/t/sakura/carts/review/",
        )


def test_adding_a_cart_starts_it(aiko: Client, ed: Client, sakura: Tenant) -> None:
    assert ed.get("/t/sakura/carts/new/").status_code == 403
    assert aiko.post("/t/sakura/carts/new/", SETTINGS).status_code == 422
    aiko.post("/t/sakura/carts/new/", SETTINGS | {"token": "secret"})
    cart = Cart.objects.get()
    assert (cart.kind, cart.name, cart.settings["token"], cart.linked_tag.name) == (
        "ecforce",
        "本店",
        "secret",
        "連携済み",
    )
    assert [(timer.kind, timer.subject) for timer in Wakeup.objects.all()] == [
        ("cartsync.poll", cart.pk)
    ]


def test_only_https_and_only_the_domain(
    aiko: Client, sakura: Tenant, settings: object
) -> None:
    aiko.post(
        "/t/sakura/carts/new/",
        SETTINGS
        | {"token": "secret", "base_url": "https://a:b@shop.example.jp/admin?x=1"},
    )
    assert Cart.objects.get().base_url == "https://shop.example.jp"
    settings.PRIVATE_HOSTS = False  # type: ignore[attr-defined]
    answer = aiko.post(
        "/t/sakura/carts/new/",
        SETTINGS | {"token": "secret", "base_url": "http://shop.example.jp"},
    )
    assert answer.status_code == 422
    assert Cart.objects.count() == 1


def test_switching_off_and_on(aiko: Client, cart: Cart) -> None:
    url = f"/t/sakura/carts/{cart.public_id}/switch/"
    aiko.post(url)
    cart.refresh_from_db()
    assert cart.is_active is False
    aiko.post(url, {"on": "1"})
    cart.refresh_from_db()
    assert cart.is_active is True
    assert actions().count("cart.switched") == 2


def test_saving_restarts_a_cart_that_stopped_itself(aiko: Client, cart: Cart) -> None:
    Cart.objects.update(is_active=False, stopped_reason="refused", failures=3)
    aiko.post(
        f"/t/sakura/carts/{cart.public_id}/settings/", SETTINGS | {"token": "right"}
    )
    cart.refresh_from_db()
    assert (
        cart.is_active,
        cart.stopped_reason,
        cart.failures,
        cart.settings["token"],
    ) == (
        True,
        "",
        0,
        "right",
    )


def changed_link(cart: Cart) -> Link:
    member = known("090-1234-5678", name="花子")
    (found,) = stored(cart, customer(1, "09012345678"))
    link_members(cart, [(member.pk, found.pk)], "phone")
    Member.objects.update(phone="09087654321", phone_e164="+819087654321")
    flag_changed_links(member_ids=[member.pk])
    return Link.objects.get()


def test_changed_links_show_both_sides_and_can_stay(aiko: Client, cart: Cart) -> None:
    pair = changed_link(cart)
    page = aiko.get("/t/sakura/carts/review/").content.decode()
    assert '<span class="nowrap">090-1234-5678</span></small>' in page
    assert '<b class="nowrap">090-8765-4321</b>' in page
    aiko.post("/t/sakura/carts/review/keep/", {"link": pair.public_id})
    pair.refresh_from_db()
    assert (pair.changed_at, pair.ended_at, pair.member_phone) == (
        None,
        None,
        "+819087654321",
    )
    assert flag_changed_links(member_ids=[pair.member_id]) == 0
    assert actions()[-1] == "link.kept"


def test_changed_links_can_be_ended(aiko: Client, vic: Client, cart: Cart) -> None:
    pair = changed_link(cart)
    assert (
        vic.post("/t/sakura/carts/review/end/", {"link": pair.public_id}).status_code
        == 403
    )
    aiko.post("/t/sakura/carts/review/end/", {"link": pair.public_id})
    pair.refresh_from_db()
    assert pair.ended_at is not None
    assert not pair.member.member_tags.exists()
    assert Member.objects.get().link_state == "known"


def test_a_collision_is_decided_by_hand(aiko: Client, cart: Cart) -> None:
    member = known("090-1234-5678", name="花子")
    first, _second = stored(
        cart, customer(1, "09012345678"), customer(2, "090-1234-5678")
    )
    from cartsync.matching.match import match_members

    assert match_members(cart) == []
    member.refresh_from_db()
    assert member.link_state == "review"
    page = aiko.get("/t/sakura/carts/review/").content.decode()
    assert "同じ電話番号の顧客が2人以上います" in page
    assert page.count("この顧客と連携する") == 2
    aiko.post(
        "/t/sakura/carts/review/link/",
        {"member": member.public_id, "customer": first.pk},
    )
    assert Link.objects.get().customer == first
    assert Link.objects.get().matched_by == "operator"
    assert AuditEntry.objects.get(action="cart.linked").operator is not None


def test_rules_tag_linked_members(aiko: Client, cart: Cart) -> None:
    member = known("090-1234-5678")
    (found,) = stored(cart, customer(1, "09012345678"))
    link_members(cart, [(member.pk, found.pk)], "phone")
    cart.customers.update(buy_times=3)
    url = f"/t/sakura/carts/{cart.public_id}/rules/"
    aiko.post(
        url,
        {
            "measure": "buy_times",
            "op": "gte",
            "number": "3",
            "state": "active",
            "tag": "3回以上",
        },
    )
    rule = CartTagRule.objects.get()
    assert (rule.measure, rule.op, rule.value) == ("buy_times", "gte", "3")
    assert member.member_tags.filter(tag__name="3回以上").count() == 1
    assert (
        "購入回数が3回以上"
        in aiko.get(f"/t/sakura/carts/{cart.public_id}/").content.decode()
    )
    aiko.post(url, {"remove": rule.pk})
    assert not CartTagRule.objects.exists()
    assert member.member_tags.filter(tag__name="3回以上").count() == 1


def test_the_accounts_page_lists_line_and_the_carts(aiko: Client, cart: Cart) -> None:
    Cart.objects.filter(pk=cart.pk).update(stopped_reason="refused")
    page = aiko.get("/t/sakura/messages/accounts/")
    rows = {source.slug: found for source, found in page.context["sources"]}
    assert rows["line"] == []
    (row,) = rows["carts"]
    assert (row.name, row.note, row.url, row.state[0]) == (
        cart.name,
        "ecforce",
        f"/t/sakura/carts/{cart.public_id}/",
        "bad",
    )
    assert (
        "APIトークンが受け付けられません。カートの管理画面で" in page.content.decode()
    )


def test_a_new_cart_needs_its_token(aiko: Client, sakura: Tenant) -> None:
    given = {
        "name": "新しいカート",
        "base_url": "https://shop.example.jp",
        "frequency": "30",
        "match_key": "phone",
    }
    page = aiko.post("/t/sakura/carts/new/", given)
    assert page.context["form"].fields["token"].required is True
    assert (
        "APIトークンが入力されていません。カートの管理画面で発行して入れてください。"
        in page.content.decode()
    )
    assert Cart.objects.count() == 0


def test_unknown_payment_states_stand_on_the_carts_page(
    aiko: Client, cart: Cart
) -> None:
    page = f"/t/sakura/carts/{cart.public_id}/"
    assert "意味の分からない言葉" not in aiko.get(page).content.decode()
    for number, word in enumerate(("paid_later", "paid_later", "")):
        CartOrder.objects.create(
            cart=cart,
            external_id=str(number),
            number=f"D{number}",
            state="other",
            word=word,
            ordered_at=timezone.now(),
            changed_at=timezone.now(),
        )
    text = aiko.get(page).content.decode()
    assert [
        word in text
        for word in ("意味の分からない言葉 2件", "paid_later", "（空欄）", "D1", "D2")
    ] == [True] * 5


def test_all_orders_of_all_carts_can_be_reached(aiko: Client, cart: Cart) -> None:
    member = known("090-1234-5678")
    for number, shop in enumerate((cart, make_cart(name="別店"))):
        (theirs,) = stored(shop, customer(number, "090-1234-5678"))
        link_members(shop, [(member.pk, theirs.pk)], matched_by="phone")
        CartOrder.objects.bulk_create(
            CartOrder(
                cart=shop,
                external_id=str(n),
                customer_external_id=theirs.external_id,
                number=f"N{number}-{n:02}",
                state="sold",
                ordered_at=timezone.now() - timedelta(days=n, hours=number),
                changed_at=timezone.now(),
            )
            for n in range(30)
        )
        shop.customers.update(order_count=30)
    page = f"/t/sakura/members/{member.public_id}/"
    newest = aiko.get(page, {"tab": "orders"}).content.decode()
    assert (
        "N0-00" in newest,
        "N1-24" in newest,
        "N0-25" in newest,
        "<b>1–50</b> / 60件" in newest,
    ) == (
        True,
        True,
        False,
        True,
    )
    assert newest.index("N0-00") < newest.index("N1-00") < newest.index("N0-01")
    after = CartOrder.objects.order_by("-ordered_at")[49].pk
    assert (
        "N1-29"
        in aiko.get(
            page, {"tab": "orders", "after": after, "at": "51"}
        ).content.decode()
    )
    everything = aiko.get(page, {"tab": "all"}).content.decode()
    assert (
        "N1-04" in everything,
        "N0-05" in everything,
        'href="?tab=orders"' in everything,
    ) == (True, False, True)


def test_a_check_is_made_alone_and_outside_the_requests_transaction(
    aiko: Client, cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, values = (
        f"/t/sakura/carts/{cart.public_id}/settings/",
        SETTINGS | {"check": "1"},
    )

    def check(connector: Ecforce) -> int:
        assert [b for b in connection.atomic_blocks if not b._from_testcase] == []
        return 7

    monkeypatch.setattr(Ecforce, "check", check)
    assert "カートの顧客は7件です" in aiko.post(url, values).content.decode()
    with hold_place(f"check:{cart.tenant_id}", 1):
        said = aiko.post(url, values).content.decode()
    assert "ほかの接続の確認がまだ終わっていません" in said
    assert "カートの顧客は7件です" in aiko.post(url, values).content.decode()


def test_an_ipv6_address_keeps_its_brackets(aiko: Client, cart: Cart) -> None:
    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    typed = {"base_url": "https://[2001:db8::1]:443/admin", "token": "t"}
    assert aiko.post(url, SETTINGS | typed).status_code == 302
    cart.refresh_from_db()
    assert cart.base_url == "https://[2001:db8::1]:443"


def test_a_first_reading_says_how_long_it_still_takes(aiko: Client, cart: Cart) -> None:
    begun = timezone.now() - timedelta(hours=3)
    reading = Reading(
        begun, None, cursor="x", totals={"customers": 10_000}, read={"customers": 2_500}
    )
    cart.cursor = reading.dumped()
    cart.save()
    for minutes in (30, 90):
        at = begun + timedelta(minutes=minutes)
        SyncRun.objects.create(
            cart=cart,
            started_at=at,
            begun_at=begun,
            finished_at=at + timedelta(minutes=30),
            outcome="partial",
        )
    url = f"/t/sakura/carts/{cart.public_id}/"
    page = aiko.get(url).content.decode()
    assert "顧客10,000件のうち2,500件を読み込みました" in page
    assert "残り約3時間" in page
    aiko.post(f"{url}switch/")
    page = aiko.get(url).content.decode()
    assert "止めています。「有効にする」で続きから読み込みます。" in page
    assert "残り約" not in page
    aiko.post(f"{url}switch/", {"on": "1"})
    cart.refresh_from_db()
    assert Reading.loaded(cart.cursor) == reading


def test_a_first_reading_that_is_not_counted_says_what_came(
    aiko: Client, cart: Cart
) -> None:
    reading = Reading(timezone.now(), None, cursor="x", read={"customers": 50})
    cart.cursor = reading.dumped()
    cart.save()
    page = aiko.get(f"/t/sakura/carts/{cart.public_id}/").content.decode()
    assert "顧客を50件読み込みました" in page
    assert "残り約" not in page
