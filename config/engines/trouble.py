"""What a person reads when an engine cannot start: what it said, and what to do."""

from pathlib import Path

MOST_LINES = 12
# Part of what was said → the remedy.
REMEDIES = {
    "No space left on device": "Make room on the disk: the engines need about 1 GB below {var}.",
    "Permission denied": "Put the project into a folder that you may read and write; start it as the owner of {var}.",
    "Operation not permitted": "This container gives root too few rights (CAP_SETUID, CAP_SETGID, CAP_SETPCAP and"
    " CAP_DAC_OVERRIDE are needed): start Tsunagi as an ordinary user.",
    "setpriv": "Started by root, PostgreSQL needs the program setpriv (Debian: `apt-get install util-linux`);"
    " an ordinary user needs nothing.",
    "version `GLIBC": "The engines of the Python packages need glibc 2.28 or later (Debian 10, Ubuntu 20.04).",
    "cannot execute binary": "The Python packages of another machine are installed: delete .venv.",
    "shared memory": "Give this container more shared memory, or the machine more memory.",
    "incompatible with server": "The data were made by another version of PostgreSQL: `make reset` forgets them.",
    "lock file": "A killed server left its lock behind: `make reset` forgets the data and the lock.",
}
PAGE = """
{engine} did not start.

It said:
{said}

What to do:
{remedies}

All it said: {logs}
"""
ALWAYS = (
    "`make reset` forgets the data below {var}; the next start begins anew.",
    "Or run PostgreSQL 18 and Valkey yourself and name them in DATABASE_URL and REDIS_URL (docs/operations.md).",
)


class EngineTrouble(SystemExit):
    """Ends the process that needed the engine with one page of text instead of a traceback."""


def describe_trouble(
    engine: str, said: str, var: Path, logs: list[Path]
) -> EngineTrouble:
    """Return the page about an engine that said ``said``; its last 12 lines are shown."""
    lines = [line for line in said.splitlines() if line.strip()][-MOST_LINES:]
    fitting = [remedy for part, remedy in REMEDIES.items() if part in said]
    page = PAGE.format(
        engine=engine,
        said="\n".join(f"  {line}" for line in lines) or "  (nothing)",
        remedies="\n".join(f"  - {way.format(var=var)}" for way in [*fitting, *ALWAYS]),
        logs=", ".join(map(str, logs)),
    )
    return EngineTrouble(page)


def read_since(logs: dict[Path, int]) -> str:
    """Return what was added to each log beyond its size of then (bytes)."""
    texts = []
    for path, size in logs.items():
        if path.exists():
            text = path.read_bytes()
            # A log that is shorter than it was has been begun anew.
            added = text[size:] if size <= len(text) else text
            texts.append(added.decode(errors="replace"))
    return "\n".join(filter(None, texts))
