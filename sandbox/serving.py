"""Starts and stops the two servers: until a signal, or inside a test's thread (`Sandbox`)."""

import asyncio
import ipaddress
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.cart.app import make_cart_app
from sandbox.cart.state import CartState
from sandbox.dns import DnsState, serve_dns
from sandbox.line.app import make_line_app, open_fast_door
from sandbox.line.state import LineState
from sandbox.mailcatcher import MailState, serve_mail
from sandbox.state_file import StateFile

HOST = "127.0.0.1"
T = TypeVar("T")


def refuse_foreign(host: str) -> None:
    """Raise ValueError unless `host` is a loopback address: the sandbox has no login at all."""
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(
            f"サンドボックスは127.0.0.1でしか起動できません（指定：{host}）。"
        )


class Servers:
    """Both applications, their state, and where they listen."""

    def __init__(
        self,
        var: Path | None,
        host: str,
        line_port: int,
        cart_port: int,
        seed: int,
        size: int,
        record: str,
        smtp_port: int = 0,
        dns_port: int = 0,
    ) -> None:
        refuse_foreign(host)
        self.host = host
        self.ports = {
            "line": line_port,
            "cart": cart_port,
            "smtp": smtp_port,
            "dns": dns_port,
        }
        self.folder = var / "mail" if var else None
        self.mail = MailState(record=record)
        self.keeper = StateFile(var / "sandbox.json" if var else None)
        self.line = LineState(self.keeper.changed, record=record)
        self.cart = CartState(self.keeper.changed, seed=seed, size=size)
        self.dns = DnsState(changed=self.keeper.changed)
        self.keeper.restore({"line": self.line, "cart": self.cart, "dns": self.dns})

    def url(self, name: str) -> str:
        return f"http://{self.host}:{self.ports[name]}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            line = make_line_app(self.line, self.folder, self.mail, self.dns)
            await self._listen(stack, "line", line)
            await self._listen(stack, "cart", make_cart_app(self.cart))
            self.line.base_url = self.url("line")
            smtp = await serve_mail(self.mail, self.host, self.ports["smtp"])
            stack.callback(smtp.close)
            self.ports["smtp"] = smtp.sockets[0].getsockname()[1]
            names = await serve_dns(self.dns, self.host, self.ports["dns"])
            stack.callback(names.close)
            self.ports["dns"] = names.get_extra_info("sockname")[1]
            writing = asyncio.create_task(self.keeper.save_changes())
            try:
                yield
            finally:
                writing.cancel()
                with suppress(asyncio.CancelledError):
                    await writing
                self.keeper.write()

    async def _listen(
        self, stack: AsyncExitStack, name: str, app: web.Application
    ) -> None:
        # A request that was told to hang must not hold up the end, hence the short shutdown.
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.2, handle_signals=False
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        if name == "line":
            open_fast_door(runner, self.line)
        site = web.TCPSite(runner, self.host, self.ports[name], backlog=1024)
        await site.start()
        self.ports[name] = runner.addresses[0][1]


async def run_servers(
    var: Path,
    host: str,
    line_port: int,
    cart_port: int,
    seed: int,
    size: int,
    record: str,
    smtp_port: int,
    dns_port: int,
) -> None:
    """Serve until SIGINT or SIGTERM; state is written on the way out."""
    servers = Servers(
        var, host, line_port, cart_port, seed, size, record, smtp_port, dns_port
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with servers.serving():
        print(f"LINEシミュレーター {servers.url('line')}/phone/", flush=True)  # noqa: T201
        print(f"デモカート         {servers.url('cart')}/", flush=True)  # noqa: T201
        print(f"メール（SMTP）     {servers.host}:{servers.ports['smtp']}", flush=True)  # noqa: T201
        print(f"DNS                {servers.host}:{servers.ports['dns']}", flush=True)  # noqa: T201
        await stop.wait()


class Sandbox:
    """All servers in a thread of this process, on free ports by default.

    with Sandbox() as sandbox:
        sandbox.line_url, sandbox.cart_url   # http://127.0.0.1:<port>
        sandbox.line, sandbox.cart           # the live state, for assertions
    """

    def __init__(
        self,
        var: Path | None = None,
        line_port: int = 0,
        cart_port: int = 0,
        seed: int = 1,
        size: int = 1500,
        record: str = "full",
    ) -> None:
        self._servers = Servers(var, HOST, line_port, cart_port, seed, size, record)
        self.line, self.cart = self._servers.line, self._servers.cart
        self.mail, self.dns = self._servers.mail, self._servers.dns
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="sandbox", daemon=True)

    @property
    def line_url(self) -> str:
        return self._servers.url("line")

    @property
    def cart_url(self) -> str:
        return self._servers.url("cart")

    @property
    def smtp_port(self) -> int:
        return self._servers.ports["smtp"]

    @property
    def dns_port(self) -> int:
        return self._servers.ports["dns"]

    def reset(self) -> None:
        """Reset both sides for the start of a test: nobody on LINE, the cart as its seed makes it, no faults."""
        self.line.reset()
        self.cart.reset()
        self.mail.reset()
        self.dns.reset()

    def call(self, verb: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine function inside the servers' loop and return its result."""

        async def inside() -> T:
            return await verb()

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(timeout=30)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)

    def _main(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with self._servers.serving():
            self._ready.set()
            await self._stop.wait()
