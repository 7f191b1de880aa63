"""The figures for Prometheus, of a thousand shops: a median, and its part of the 15 seconds between two readings."""

from bench.stage import Table, fill, median_seconds, owner

SHOPS, EVENTS, RUNS, BASE = 1_000, 200, 100, 40_000_000


def run(table: Table) -> None:
    from config.watch.metrics import KEEP_SECONDS, read_metrics

    fill_shops()
    found = {metric.name: metric.samples for metric in read_metrics()}
    handled = found["tsunagi_webhook_recent"][0].value
    assert handled == SHOPS * 15, handled
    carts = found["tsunagi_carts"][0].value
    assert carts == SHOPS, carts
    seconds = median_seconds(lambda: list(read_metrics()), 5)
    table.line(f"figures of {SHOPS:,} shops", f"{seconds * 1000:,.0f} ms")
    print(
        f"  {seconds / KEEP_SECONDS:.0%} of the time between two readings", flush=True
    )


def fill_shops() -> None:
    """Make the shops, once; each has an account with a webhook a minute, and a cart that is read each hour."""
    from cartsync.models import Cart, SyncRun
    from messaging.models import LineAccount, Sender, WebhookEvent
    from tenants.models import Tenant

    with owner() as db:
        db.execute("DELETE FROM messaging_webhookevent WHERE tenant_id > %s", [BASE])
        (there,) = db.execute(
            "SELECT count(*) FROM cartsync_syncrun WHERE tenant_id > %s", [BASE]
        ).fetchone() or (0,)
    shop = f"{BASE} + 1 + (n - 1) %% {SHOPS}".replace("%%", "%")
    if not there:
        own = {"id": f"{BASE} + n", "created_at": "now()"}
        fill(
            Tenant,
            SHOPS,
            **own,
            slug="'watched-' || n",
            name="'店' || n",
            second_factor_roles="'[]'",
        )
        key = {**own, "tenant_id": f"{BASE} + n", "public_id": "lpad(n::text, 12, 'w')"}
        fill(Sender, SHOPS, **key, kind="'line'")
        fill(LineAccount, SHOPS, **key, sender_id=f"{BASE} + n", channel_id="n::text")
        fill(Cart, SHOPS, **key, is_active="true")
        at = f"now() - ((n - 1) / {SHOPS}) * interval '1 hour'"
        fill(
            SyncRun,
            SHOPS * RUNS,
            tenant_id=shop,
            cart_id=shop,
            started_at=at,
            begun_at=at,
            outcome="'success'",
        )
    at = f"now() - ({EVENTS - 1} - (n - 1) / {SHOPS}) * interval '1 minute' - interval '5 seconds'"
    fill(
        WebhookEvent,
        SHOPS * EVENTS,
        tenant_id=shop,
        account_id=shop,
        event_id="n::text",
        received_at=at,
        handled_at=f"{at} + interval '1 second'",
    )
