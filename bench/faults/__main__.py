"""`make faults`: every part, whatever the others found; what each of them does to the product stands at its head."""

import sys

from bench.faults import (
    answering,
    cancelling,
    exports,
    halting,
    imports,
    ordermails,
    robot_memory,
    sending,
    serving,
    stepping,
)
from bench.stage import prepare

PARTS = (
    stepping.run,
    sending.run,
    halting.run,
    cancelling.run,
    ordermails.run,
    robot_memory.run,
    exports.run,
    imports.main,
    serving.main,
    answering.run,
)


def main() -> int:
    prepare("faults")
    return max([part() for part in PARTS])


if __name__ == "__main__":
    sys.exit(main())
