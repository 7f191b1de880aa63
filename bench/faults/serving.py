"""A part of `make faults`: what is served while a cart drips, clients stall, Valkey hangs, PostgreSQL is away, and a
web worker is killed.

Shop "slow" has four carts that send a byte a second, and its owner checks them again and again. Shop "well" must not
notice: its pages and webhooks are answered, and its events handled.
"""

import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack, suppress
from functools import partial
from urllib.parse import urlencode

from bench.faults.served import (
    HOST,
    TOKEN,
    Answer,
    Served,
    is_handled,
    is_kept,
    list_children,
    serving,
    within,
)
from bench.stage import report_checks

FAST = 3.0  # seconds
Checks = dict[str, bool]


# ---------------------------------------------------------------- the faults
def drip(served: Served) -> Checks:
    """Four polls of dripping carts, and eight people who check one of them all the time."""
    over, checked = threading.Event(), []
    typed = urlencode(
        {
            "csrfmiddlewaretoken": TOKEN,
            "name": "店",
            "base_url": served.cart_url,
            "token": "t",
            "frequency": "60",
            "match_key": "phone",
            "check": "1",
        }
    ).encode()

    def check() -> None:
        while not over.wait(0.1):
            checked.append(
                served.ask(f"/t/{served.slow.slug}/carts/new/", "slow", typed)
            )

    people = [threading.Thread(target=check) for _ in range(8)]
    for person in people:
        person.start()
    pages, hooks, handled = [], [], []
    for _ in range(10):
        time.sleep(1)
        pages.append(served.page())
        name, answer = served.event()
        hooks.append(answer)
        handled.append(within(10, partial(is_handled, name)))
    over.set()
    for person in people:
        person.join()
    said = sum("時間がかかりすぎました" in each.text for each in checked)
    print(
        f"  dripping cart: {len(checked)} checks, {said} of them went out; the other shop's slowest page "
        f"{max(p.seconds for p in pages):.2f} s, webhook {max(h.seconds for h in hooks):.2f} s"
    )
    return {
        "dripping cart: the other shop's pages are answered": is_fast(pages),
        "and its webhooks": is_fast(hooks),
        "and its events handled": all(handled),
        "and each check of the cart ends in time": bool(said)
        and max(each.seconds for each in checked) < 12,
    }


def is_fast(answers: list[Answer]) -> bool:
    return all(each.status == 200 and each.seconds < FAST for each in answers)


def stall(served: Served) -> Checks:
    """Ten clients with three bytes of a thousand, on eight threads."""
    with ExitStack() as held:
        lines = [
            held.enter_context(socket.create_connection((HOST, served.port)))
            for _ in range(10)
        ]
        began = time.monotonic()
        for line in lines:
            line.sendall(
                b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Cookie: csrftoken=" + TOKEN.encode() + b"\r\n\r\na=1"
            )
            line.settimeout(60)
        pages: list[Answer] = []
        asking = threading.Thread(target=lambda: pages.append(served.page()))
        asking.start()
        with suppress(OSError):
            while lines[0].recv(65536):
                pass
        ended = time.monotonic() - began
        asking.join()
    (page,) = pages
    print(
        f"  slow bodies: the first ended after {ended:.1f} s, a page came after {page.seconds:.1f} s"
    )
    return {
        "slow bodies: a request ends 20 s after its head": 19 < ended < 25,
        # One process may have got all ten: four, four and two by turns.
        "and the site is back": page.status == 200 and page.seconds < 65,
    }


def hang_valkey(served: Served) -> Checks:
    from django.conf import settings
    from redis import Redis

    served.log_in()
    pid = int(Redis.from_url(settings.REDIS_URL).info()["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        logins = [served.log_in() for _ in range(6)]
        pages = [served.page() for _ in range(6)]
        hooks = [served.event()[1] for _ in range(3)]
    finally:
        os.kill(pid, signal.SIGCONT)
    back = within(15, lambda: served.log_in().status == 200)
    slowest = max(each.seconds for each in [*logins, *pages, *hooks])
    refused = {each.status for each in logins}
    print(f"  hung Valkey: logins {refused}, slowest answer {slowest:.2f} s")
    return {
        "hung Valkey: a login is refused with a page, in time": refused == {503}
        and max(each.seconds for each in logins) < FAST,
        "and pages and webhooks are answered": is_fast(pages) and is_fast(hooks),
        "and logins go on afterwards": back,
    }


def stop_postgres(served: Served) -> Checks:
    from django.conf import settings
    from django.db import connection

    connection.close()
    over, taken = threading.Event(), []

    def send() -> None:
        while not over.wait(0.05):
            taken.append(served.event())

    sender = threading.Thread(target=send)
    sender.start()
    time.sleep(1)
    engines = settings.ENGINES
    engines._pg("pg_ctl", "stop", "-D", engines.data, "-m", "immediate", "-w")
    away = [served.page() for _ in range(5)]
    time.sleep(2)
    engines._start_postgres()
    began = time.monotonic()
    back = within(15, lambda: served.page().status == 200)
    seconds = time.monotonic() - began
    time.sleep(2)
    over.set()
    sender.join()
    accepted = [name for name, answer in taken if answer.status == 200]
    kept = [name for name in accepted if is_kept(name)]
    handled = within(60, lambda: is_handled(accepted[-1]) and is_handled(accepted[0]))
    print(
        f"  stopped PostgreSQL: {len(taken)} webhooks sent, {len(accepted)} accepted, {len(kept)} of them kept; "
        f"pages were back after {seconds:.1f} s"
    )
    return {
        "stopped PostgreSQL: pages say so at once": {each.status for each in away}
        <= {500, 503}
        and max(each.seconds for each in away) < FAST,
        "and are back within 15 s": back,
        "nothing that was accepted is missing": bool(accepted) and kept == accepted,
        "and the workers go on": handled,
    }


def is_replaced(served: Served, before: list[int]) -> bool:
    """Return whether there are as many web workers as before, and the first of them is not among them."""
    return len(set(list_children(served.web)) - {before[0]}) == len(before)


def kill_web(served: Served) -> Checks:
    """Five times: eight clients post all the time, and one of the web workers is killed between two of their posts."""
    taken: list[tuple[str, Answer]] = []
    backs = []
    for _ in range(5):
        over = threading.Event()

        def send(over: threading.Event = over) -> None:
            while not over.is_set():
                taken.append(served.event())

        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        time.sleep(1)
        before = list_children(served.web)
        os.kill(before[0], signal.SIGKILL)
        time.sleep(2)
        over.set()
        for sender in senders:
            sender.join()
        backs.append(within(15, partial(is_replaced, served, before)))
    lost = [answer for _name, answer in taken if answer.status == 0]
    accepted = [name for name, answer in taken if answer.status == 200]
    slowest = max(answer.seconds for _name, answer in taken)
    print(
        f"  killed web worker: {len(taken)} posts, {len(lost)} cut off, slowest {slowest:.2f} s"
    )
    return {
        "killed web worker: no client is left waiting": slowest < FAST,
        "and no more are cut off than it had in hand": len(lost) <= 5 * 8
        and len(lost) + len(accepted) == len(taken),
        "nothing that was accepted is missing": bool(accepted)
        and all(map(is_kept, accepted)),
        "and another takes its place each time": all(backs),
    }


def main() -> int:
    from tests.outbound.slow_server import SlowServer

    with SlowServer() as cart, serving(cart.url) as served:
        served.cart_url = cart.url
        faults = (kill_web, drip, stall, hang_valkey, stop_postgres)
        checks = {
            what: held for fault in faults for what, held in fault(served).items()
        }
    return report_checks(checks)


if __name__ == "__main__":
    from bench.stage import prepare

    prepare("faults")
    sys.exit(main())
