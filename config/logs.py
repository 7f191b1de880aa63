"""What may stand in a log."""

import logging
import re

# PostgreSQL quotes the row that it refused (DETAIL) and the text that it could not read (CONTEXT).
QUOTED = re.compile(
    r"^(DETAIL|CONTEXT): .*?(?=^(?:HINT|CONTEXT|Traceback|The above|During handling)\b|\Z)",
    re.M | re.S,
)


class DiscreetFormatter(logging.Formatter):
    """Shows the error and where it happened, not whose data it was about."""

    def formatException(self, ei):  # type: ignore[no-untyped-def]  # noqa: N802
        return QUOTED.sub(r"\1:  (left out)\n", super().formatException(ei)).rstrip()
