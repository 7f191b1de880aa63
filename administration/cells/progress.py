"""How far a move came, in a row of the cell that the shop leaves: what the platform's page shows of it."""

from typing import LiteralString

from administration.cells.replicate import Db, MoveRefused

BEGIN = """
INSERT INTO administration_shopmove (shop_id, step, outcome, note, begun_at, step_at)
VALUES (%s, '', '', '', now(), now()) ON CONFLICT DO NOTHING
"""
STEP = "UPDATE administration_shopmove SET step = %s, step_at = now() WHERE shop_id = %s AND outcome = ''"
END: LiteralString = """
UPDATE administration_shopmove SET outcome = %s, note = %s, step_at = now() WHERE shop_id = %s AND outcome = ''
"""


def begin_move(source: Db, shop: int) -> None:
    source.execute(BEGIN, [shop])


def record_step(source: Db, shop: int, step: str) -> None:
    source.execute(STEP, [step, shop])


def end_move(source: Db, shop: int, outcome: str, error: object = "") -> None:
    """Write down how it ended; of an error that is not ours no more than its name, as a database's quotes rows."""
    note = str(error) if isinstance(error, MoveRefused | str) else type(error).__name__
    source.execute(END, [outcome, note[:300], shop])
