"""Named places where a test may break the sender. In production nobody sets the hook and nothing happens."""

from collections.abc import Callable

hook: Callable[[str], None] | None = None


def fault_point(name: str) -> None:
    """Call the hook at a named place in the sender.

    ``name``: "claimed" (committed, nothing sent), "answered" (LINE answered), "finishing" (outcome not stored yet).
    """
    if hook:
        hook(name)
