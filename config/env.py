"""Reading the environment. A value may also come from a file named by ``NAME_FILE`` (container secrets)."""

import os
from pathlib import Path


def read_text(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def read_flag(name: str, default: bool = False) -> bool:
    return read_text(name, str(default)).lower() in {"1", "true", "yes", "on"}


def read_number(name: str, default: int) -> int:
    return int(read_text(name, str(default)))


def read_list(name: str, default: str = "") -> list[str]:
    return [word for word in read_text(name, default).replace(",", " ").split() if word]
