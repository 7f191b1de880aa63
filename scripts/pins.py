"""After `pip-compile`: requirements/dev.txt keeps what app.txt has not, so that both can be installed at once."""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"


def pins(name: str) -> dict[str, str]:
    """The lines of each package of a compiled file, by its `name==version`."""
    blocks = re.split(r"^(?=[a-z0-9])", (FOLDER / name).read_text(), flags=re.M)
    return {block.split(" ")[0].strip(): block for block in blocks if block.strip()}


def main() -> None:
    app, dev = pins("app.txt"), pins("dev.txt")
    names = {pin.partition("==")[0]: pin for pin in app}
    differing = [pin for pin in dev if names.get(pin.partition("==")[0], pin) != pin]
    if differing:
        sys.exit(f"Pinned otherwise in app.txt: {', '.join(differing)}")
    (FOLDER / "dev.txt").write_text(
        "".join(block for pin, block in dev.items() if pin not in app)
    )


if __name__ == "__main__":
    main()
