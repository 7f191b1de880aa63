"""A condition as one parameter of a URL, and back."""

import base64
import binascii
import json
import zlib
from collections.abc import Callable
from typing import Any

from members.conditions.registry import get_condition_field
from members.conditions.tree import (
    BadCondition,
    Condition,
    check_condition,
    check_shape,
    check_size,
)

# A longer condition is packed: a server accepts a URL of 4,000 characters.
LONGEST, UNPACKED = 1_000, 200_000


def encode_condition(condition: Condition) -> str:
    """Return the condition as one parameter of a URL. It holds random keys where a value would identify a person."""
    text = json.dumps(
        _map_values(condition, _encode_value), ensure_ascii=False, separators=(",", ":")
    )
    if len(text) <= LONGEST:
        return text
    return "~" + base64.urlsafe_b64encode(
        zlib.compress(text.encode(), 9)
    ).decode().rstrip("=")


def decode_condition(text: str) -> Condition:
    """Return the condition that ``encode_condition`` wrote. Raise BadCondition for anything else."""
    try:
        condition = json.loads(
            _unpack_condition(text) if text.startswith("~") else text
        )
    except (ValueError, RecursionError, zlib.error) as error:
        raise BadCondition("The condition in the address cannot be read.") from error
    check_shape(condition)
    check_size(condition)
    condition = _map_values(condition, _decode_value) if condition else {}
    check_condition(condition)
    return dict(condition)


def _unpack_condition(text: str) -> str:
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    except binascii.Error as error:
        raise ValueError from error
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, UNPACKED)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too long, or cut off")
    return data.decode()


def _map_values(node: Condition, change: Callable[[Condition], Any]) -> Condition:
    """Return the tree with the value of each leaf replaced."""
    if not node:
        return {}
    if "field" in node:
        return {**node, "value": change(node)}
    word, parts = next(iter(node.items()))
    return {
        word: _map_values(parts, change)
        if word == "not"
        else [_map_values(part, change) for part in parts]
    }


def _encode_value(leaf: Condition) -> Any:
    return (
        get_condition_field(leaf["field"])
        .way(leaf["op"], leaf["value"])
        .kind.to_url(leaf["value"])
    )


def _decode_value(leaf: Condition) -> Any:
    return get_condition_field(leaf["field"]).from_url(leaf["op"], leaf["value"])
