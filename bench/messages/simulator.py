"""The LINE simulator in a process of its own, and what it has taken in."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.stage import ROOT

# The simulator need not know everybody: whom LINE reaches does not change what a call costs us.
FLOOR_CALLS = 200
LINE_PORT, CART_PORT, SMTP_PORT = 8611, 8612, 8613
URL = f"http://127.0.0.1:{LINE_PORT}"


@contextmanager
def simulator() -> Iterator[None]:
    ports = [
        "--line-port",
        str(LINE_PORT),
        "--cart-port",
        str(CART_PORT),
        "--smtp-port",
        str(SMTP_PORT),
        "--size",
        "1",
    ]
    var = ROOT / "var" / "bench-sandbox"
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--var",
        str(var),
        *ports,
        "--record",
        "counts",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{URL}/phone/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def tell(path: str, body: object) -> None:
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    ).close()


def accepted() -> int:
    with urllib.request.urlopen(f"{URL}/sandbox/stats?users=0") as answer:
        return sum(
            channel["recipients"] for channel in json.load(answer)["channels"].values()
        )


def post_multicasts(people: int) -> float:
    """Return the seconds that bare aiohttp takes for as many people by 500, from FLOOR_CALLS calls."""
    import aiohttp

    to = [f"U{n:032d}" for n in range(500)]
    body = json.dumps({"to": to, "messages": [{"type": "text", "text": "秋"}]}).encode()
    headers = {"Authorization": "Bearer r2", "Content-Type": "application/json"}

    async def post_all() -> float:
        started = time.perf_counter()
        async with aiohttp.ClientSession() as session:

            async def post(count: int) -> None:
                for _ in range(count):
                    url = f"{URL}/v2/bot/message/multicast"
                    async with session.post(url, data=body, headers=headers) as answer:
                        await answer.read()

            await asyncio.gather(*(post(FLOOR_CALLS // 20) for _ in range(20)))
        return time.perf_counter() - started

    return asyncio.run(post_all()) * (people / 500) / FLOOR_CALLS
