"""`make reset`: delete the demo shop. Refuses while somebody still uses the engines."""

import fcntl
import shutil
import sys

from config.settings import ENGINES, VAR


def main() -> int:
    lock = ENGINES.root / "users.lock"
    if lock.exists():
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(
                    "Tsunagi is still running. Stop `make run` with Ctrl-C first, then run `make reset` again."
                )
                return 1
    shutil.rmtree(VAR, ignore_errors=True)
    shutil.rmtree(ENGINES.sockets, ignore_errors=True)
    print("Cleared. `make run` starts with a new demo shop.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
