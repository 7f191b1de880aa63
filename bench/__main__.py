"""`make bench [ONLY=filtering,pushing]`."""

import os

from bench.stage import Table, prepare

if __name__ == "__main__":
    prepare()
    from bench.carts import linking, matching, ordermail, orders, writing
    from bench.members import (
        exporting,
        filtering,
        history,
        importing,
        listing,
        searching,
        tagging,
    )
    from bench.messages import mailing, pushing, reading, watching

    parts = {
        "exporting": exporting.run,
        "filtering": filtering.run,
        "history": history.run,
        "importing": importing.run,
        "linking": linking.run,
        "listing": listing.run,
        "mailing": mailing.run,
        "matching": matching.run,
        "orders": orders.run,
        "ordermail": ordermail.run,
        "pushing": pushing.run,
        "reading": reading.run,
        "searching": searching.run,
        "tagging": tagging.run,
        "watching": watching.run,
        "writing": writing.run,
    }
    table = Table()
    for name in os.environ.get("ONLY", ",".join(parts)).split(","):
        parts[name](table)
