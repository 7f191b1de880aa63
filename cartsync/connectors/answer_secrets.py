"""What no answer of a cart may bring in: tokens that log a customer in, passwords, and cards."""

import re
from typing import Any

SECRET = re.compile(
    r"token|password|passwd|secret|card|security_?code|cvv|cvc", re.IGNORECASE
)


def drop_secrets(answer: dict[str, Any]) -> None:
    """Take every secret out of the answer, in place and at any depth: attributes, relations and included rows.

    So none is at hand where rows are parsed, or in a report about an error there.
    """
    waiting: list[Any] = [answer]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name in [name for name in node if SECRET.search(name)]:
                del node[name]
            waiting += node.values()
        elif isinstance(node, list):
            node[:] = [entry for entry in node if not _is_secret_row(entry)]
            waiting += node


def _is_secret_row(entry: Any) -> bool:
    """Return whether this is a row of JSON:API whose type is a secret, such as {"type": "credit_card"}."""
    return isinstance(entry, dict) and bool(SECRET.search(str(entry.get("type"))))
