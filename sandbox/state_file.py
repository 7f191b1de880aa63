"""One JSON file that follows the state of the simulators, so that a second start goes on where the first ended."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, Protocol


class StatefulPart(Protocol):
    def dump(self) -> dict[str, Any]: ...

    def load(self, data: dict[str, Any]) -> None: ...


class StateFile:
    """Writes the file soon after a change, never in the middle of a request; no path means nothing is saved."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.parts: dict[str, StatefulPart] = {}
        self.dirty = False

    def changed(self) -> None:
        self.dirty = True

    def restore(self, parts: dict[str, StatefulPart]) -> None:
        self.parts = parts
        saved = (
            json.loads(self.path.read_text())
            if self.path and self.path.exists()
            else {}
        )
        for name, part in parts.items():
            part.load(saved.get(name, {}))

    def write(self) -> None:
        """Replace the file in one step: a kill in the middle leaves the old one whole."""
        if self.path is None:
            return
        self.dirty = False
        data = {name: part.dump() for name, part in self.parts.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".json.new")
        draft.write_text(json.dumps(data, ensure_ascii=False))
        draft.replace(self.path)

    async def save_changes(self) -> None:
        pause = 0.5
        while True:
            await asyncio.sleep(pause)
            if not self.dirty:
                continue
            began = time.perf_counter()
            try:
                self.write()
            except OSError as error:
                # A full disk must not end the sandbox: it goes on from memory and tries again.
                self.dirty = True
                print(f"sandbox.jsonに書けません：{error}", file=sys.stderr, flush=True)  # noqa: T201
            # A large file is written more seldom: at most one twentieth of the time goes into it.
            pause = max(0.5, 20 * (time.perf_counter() - began))
