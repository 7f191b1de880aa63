"""The process that takes mail for our own addresses: `python -m config.receiver`."""

import asyncio
import logging
import os
import signal
import ssl
from pathlib import Path

logger = logging.getLogger(__name__)


async def serve_until_stopped(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Serve until SIGINT or SIGTERM."""
    from messaging.receiver.server import Receiver, serve_receiver

    receiver = Receiver()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve_receiver(receiver, host, port, tls)
    logger.info("Mail is received on port %s", port)
    try:
        await stop.wait()
    finally:
        server.close()
        receiver.close()


def load_certificate(folder: str) -> ssl.SSLContext | None:
    """Return what STARTTLS needs, from tls_certificate and tls_key in this folder; None where none is named."""
    if not folder:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(folder) / "tls_certificate", Path(folder) / "tls_key")
    return context


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config import env
    from config.engines.hold import hold_engines
    from tenants.checks import refuse_bypassing_role

    hold_engines()
    refuse_bypassing_role()
    tls = load_certificate(env.read_text("RECEIVER_TLS"))
    host = env.read_text("RECEIVER_HOST", "127.0.0.1")
    port = env.read_number("RECEIVER_PORT", 1026)
    asyncio.run(serve_until_stopped(host, port, tls))


if __name__ == "__main__":
    main()
