"""`make bench [ONLY=filtering,pushing]`."""

import os

from bench.stage import Table, prepare

if __name__ == "__main__":
    prepare()
    from bench.carts import matching, ordermail
    from bench.members import (
        exporting,
        filtering,
        history,
        importing,
        listing,
        searching,
        tagging,
    )
    from bench.messages import pushing

    parts = {
        "exporting": exporting.run,
        "filtering": filtering.run,
        "history": history.run,
        "importing": importing.run,
        "listing": listing.run,
        "matching": matching.run,
        "ordermail": ordermail.run,
        "pushing": pushing.run,
        "searching": searching.run,
        "tagging": tagging.run,
    }
    table = Table()
    for name in os.environ.get("ONLY", ",".join(parts)).split(","):
        parts[name](table)
