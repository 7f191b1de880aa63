"""After `pip-compile`: no pin stands in two files, so that all can be installed at once, and none is unwanted."""

import re
import sys
from pathlib import Path

# line-bot-sdk asks for it and uses one function of it (messaging/channels/line/sdk_needs.py); --no-deps leaves it out.
UNWANTED = {"future"}
FOLDER = Path(__file__).resolve().parent.parent / "requirements"


def read_pins(name: str) -> dict[str, str]:
    """The lines of each package of a compiled file, by its `name==version`."""
    blocks = re.split(r"^(?=[a-z0-9])", (FOLDER / name).read_text(), flags=re.M)
    found = {block.split(" ")[0].strip(): block for block in blocks if block.strip()}
    return {pin: found[pin] for pin in found if pin.partition("==")[0] not in UNWANTED}


def main() -> None:
    known: dict[str, str] = {}
    for name in ("app.txt", "engines.txt", "browser.txt", "dev.txt"):
        given = read_pins(name)
        names = {pin.partition("==")[0]: pin for pin in known}
        differing = [
            pin for pin in given if names.get(pin.partition("==")[0], pin) != pin
        ]
        if differing:
            sys.exit(f"Pinned otherwise before {name}: {', '.join(differing)}")
        own = {pin: block for pin, block in given.items() if pin not in known}
        (FOLDER / name).write_text("".join(own.values()))
        known |= own


if __name__ == "__main__":
    main()
