"""Read the whole numbers that requests name: a place, a page, a row."""


def parse_number(text: str, digits: int = 18) -> int | None:
    """Return the number of these ASCII digits; None for anything else, and for more digits than can be meant."""
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
    )
