"""Named places where a test may break the sender. In production nobody sets the hook and nothing happens."""

from collections.abc import Callable

hook: Callable[[str], None] | None = None


def reach(name: str) -> None:
    """``name``: "claimed" (committed, nothing sent), "answered" (LINE answered), "finishing" (before the outcome)."""
    if hook:
        hook(name)
