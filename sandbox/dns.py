"""A name server for the domains of shops: it answers questions for texts over UDP, and a page writes its records."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiohttp import web

from sandbox.pages import render_page

CHUNK = 255
# What the demo shop's domain begins with: one of its three records.
SAMPLE = {"sakura-cosme.example.jp": ["v=spf1 a:127.0.0.1 ~all"]}


@dataclass
class DnsState:
    """``texts``: the TXT records by name. ``is_silent``: no question is answered."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    is_silent: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    changed: Callable[[], None] = lambda: None

    def dump(self) -> dict[str, Any]:
        return {"texts": self.texts}

    def load(self, data: dict[str, Any]) -> None:
        self.texts = data.get(
            "texts", {name: [*texts] for name, texts in SAMPLE.items()}
        )

    def reset(self) -> None:
        self.texts.clear()
        self.asked.clear()
        self.is_silent = False


STATE = web.AppKey("dns", DnsState)


class NameServer(asyncio.DatagramProtocol):
    def __init__(self, state: DnsState) -> None:
        self.state = state

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if not self.state.is_silent:
            self.transport.sendto(answer_question(self.state, data), address)  # type: ignore[attr-defined]


def answer_question(state: DnsState, data: bytes) -> bytes:
    """Return the answer to one question; a name without records does not exist."""
    query = dns.message.from_wire(data)
    response = dns.message.make_response(query)
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    state.asked[name] += 1
    texts = state.texts.get(name, [])
    if not texts:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.TXT:
        rows = [quote_text(text) for text in texts]
        response.answer.append(
            dns.rrset.from_text(question.name, 60, "IN", "TXT", *rows)
        )
    return response.to_wire(max_size=65_000)


def quote_text(text: str) -> str:
    """Return a text as a zone file has it: in pieces of 255 letters."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    pieces = [safe[at : at + CHUNK] for at in range(0, len(safe), CHUNK)]
    return " ".join(f'"{piece}"' for piece in pieces)


async def serve_dns(state: DnsState, host: str, port: int) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _protocol = await loop.create_datagram_endpoint(
        lambda: NameServer(state), local_addr=(host, port)
    )
    return transport


# ---------------------------------------------------------------- its page
async def show_records(request: web.Request) -> web.Response:
    records = [
        (name, text)
        for name, texts in sorted(request.app[STATE].texts.items())
        for text in texts
    ]
    return render_page("line/dns.html", records=records, here="dns")


async def change_records(request: web.Request) -> web.Response:
    """Add a record, or take one away."""
    given, state = await request.post(), request.app[STATE]
    name = str(given.get("name", "")).strip().strip(".").lower()
    text = str(given.get("text", "")).strip()
    there = [each for each in state.texts.pop(name, []) if each != text]
    if given.get("what") != "remove" and name and text:
        there.append(text)
    if there:
        state.texts[name] = there
    state.changed()
    raise web.HTTPSeeOther("/dns/")


def add_dns(app: web.Application, state: DnsState) -> None:
    app[STATE] = state
    app.router.add_get("/dns/", show_records)
    app.router.add_post("/dns/", change_records)
