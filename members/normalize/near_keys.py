"""Keys that are one slip of the finger away from a key: they are made and looked up by index, never searched for."""

from collections.abc import Iterator

from members.normalize.typos import list_domain_typos, suggest_domain

SWAPPED, DIGIT = "swapped", "digit"
JAPAN = "+81"


def generate_phone_slips(e164: str) -> Iterator[tuple[str, str]]:
    """Yield (number, kind) for a Japanese number: two neighbouring digits swapped, then one other digit."""
    if not e164.startswith(JAPAN):
        return
    head, tail = JAPAN, e164[len(JAPAN) :]
    for at in range(len(tail) - 1):
        if tail[at] != tail[at + 1]:
            yield f"{head}{tail[:at]}{tail[at + 1]}{tail[at]}{tail[at + 2 :]}", SWAPPED
    for at, digit in enumerate(tail):
        for wrong in "0123456789":
            if wrong != digit:
                yield f"{head}{tail[:at]}{wrong}{tail[at + 1 :]}", DIGIT


def generate_email_slips(key: str) -> Iterator[str]:
    """Yield the same mailbox under the domain that was meant, and under those that are typed for it."""
    local, _at, domain = key.rpartition("@")
    meant = suggest_domain(domain) or domain
    for each in sorted({meant, *list_domain_typos(meant)} - {domain}):
        yield f"{local}@{each}"
