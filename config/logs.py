"""What may stand in a log."""

import logging
import re
import sys
from types import TracebackType
from typing import Any

# PostgreSQL quotes the row that it refused (DETAIL) and the text that it could not read (CONTEXT).
QUOTED = re.compile(
    r"^(DETAIL|CONTEXT): .*?(?=^(?:HINT|CONTEXT|Traceback|The above|During handling)\b|\Z)",
    re.M | re.S,
)
ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)


class DiscreetFormatter(logging.Formatter):
    """Shows the error and where it happened, not whose data it was about."""

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 – logging's own name
        return QUOTED.sub(r"\1:  (left out)\n", super().formatException(ei)).rstrip()


def build_log_settings(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything from ``level`` on goes to standard error, in one line each."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "config.logs.DiscreetFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
    }
