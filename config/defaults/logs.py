"""What may stand in a log."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from types import TracebackType
from typing import Any

# PostgreSQL quotes the row that it refused (DETAIL) and the text that it could not read (CONTEXT).
QUOTED = re.compile(
    r"^(DETAIL|CONTEXT): .*?(?=^(?:HINT|CONTEXT|Traceback|The above|During handling)\b|\Z)",
    re.M | re.S,
)
# Which request the running code answers; config/watch/access.py sets it.
request_number: ContextVar[str] = ContextVar("request_number", default="")
ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)


class RouteFilter(logging.Filter):
    """Writes the route where Django writes the path of what it refused: a path may hold the token of a link."""

    def filter(self, record: logging.LogRecord) -> bool:
        request, args = getattr(record, "request", None), record.args
        is_of_path = record.name in ("django.request", "django.security.csrf")
        if is_of_path and isinstance(args, tuple) and len(args) == 2:
            match = getattr(request, "resolver_match", None)
            record.args = (args[0], match.route if match else "-")
        return True


class DiscreetFormatter(logging.Formatter):
    """Shows the error and where it happened, not whose data it was about."""

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 – logging's own name
        return QUOTED.sub(r"\1:  (left out)\n", super().formatException(ei)).rstrip()


class LineFormatter(DiscreetFormatter):
    """For people: a line end in a message cannot pass for a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 – logging's own name
        return super().formatMessage(record).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r")


class JsonFormatter(DiscreetFormatter):
    """For programs: one JSON object a line, with the number of the request that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_number.get(),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in said.items() if v}, ensure_ascii=False)


def build_log_settings(level: str, form: str = "line") -> dict[str, Any]:
    """Return Django's LOGGING: everything from ``level`` on goes to standard error, in one line each.

    ``form``: "line" for people, "json" for programs.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "config.defaults.logs.LineFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "config.defaults.logs.JsonFormatter"},
        },
        "filters": {"route": {"()": "config.defaults.logs.RouteFilter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "filters": ["route"],
                "formatter": "json" if form == "json" else "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        # A line for each request is for programs; `make run` shows what went wrong.
        "loggers": {
            "tsunagi.access": {"level": "INFO" if form == "json" else "WARNING"}
        },
    }
