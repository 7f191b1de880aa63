"""How long each file of tests takes, in tests/durations.json: the longest begin first, and both processes end together.

`make durations` measures anew, on a machine that does nothing else. Files under half a second are not written down.
"""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "tests" / "durations.json"
SHORTEST = 0.5  # seconds


def read_durations() -> dict[str, float]:
    """Return path of the file → seconds, of those that were measured."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def estimate(path: str, known: dict[str, float]) -> float:
    """Return the seconds of one file."""
    return known.get(path, SHORTEST)


def write_durations(measured: dict[str, float]) -> None:
    """Write down what was measured, beside what is known of files that did not run and are still there."""
    root = FILE.parent.parent
    known = {k: v for k, v in read_durations().items() if (root / k).exists()}
    known |= {path: round(seconds, 1) for path, seconds in measured.items()}
    kept = {path: known[path] for path in sorted(known) if known[path] >= SHORTEST}
    FILE.write_text(json.dumps(kept, indent=1) + "\n")
