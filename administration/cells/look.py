"""Whether a shop can move as things stand: looked at before anything is copied."""

import hmac
from typing import Any

from administration.cells.replicate import Db, MoveRefused
from administration.cells.shop_rows import list_people
from tenants.secrets import get_cipher
from tenants.signing_key import compute_fingerprint

BUSY_IMPORTS = ("checking", "loading", "undoing")


def check_move(source: Db, target: Db, slug: str) -> int:
    """Return the shop's number. Raise MoveRefused where it cannot move as things stand."""
    row = source.execute(
        "SELECT id, closed_at FROM tenants_tenant WHERE slug = %s", [slug]
    ).fetchone()
    if row is None or row[1]:
        raise MoveRefused(f"There is no open shop {slug} in this cell.")
    shop = int(row[0])
    if source.execute("SHOW wal_level").fetchone() != ("logical",):
        raise MoveRefused("This cell's PostgreSQL needs wal_level = logical.")
    if read_migrations(source) != read_migrations(target):
        raise MoveRefused("The two cells do not have the same migrations.")
    taken = target.execute(
        "SELECT closed_reason FROM tenants_tenant WHERE id = %s OR slug = %s",
        [shop, slug],
    ).fetchone()
    if taken == ("moved",):
        raise MoveRefused(
            "The other cell has the closed copy that an earlier move left there: --replace deletes it."
        )
    if taken:
        raise MoveRefused(
            "The other cell has a shop of this number or address already."
        )
    check_keys(target)
    logins = find_taken_logins(source, target, shop)
    if logins:
        raise MoveRefused(
            f"These logins are somebody else's there: {', '.join(logins)}"
        )
    refuse_import(source, shop)
    return shop


def refuse_import(source: Db, shop: int) -> None:
    """Raise MoveRefused while an import is under way."""
    importing = source.execute(
        "SELECT 1 FROM members_memberimport WHERE tenant_id = %s AND state = ANY(%s)",
        [shop, list(BUSY_IMPORTS)],
    ).fetchone()
    if importing:
        raise MoveRefused(
            "An import is under way: its rows would not come along. Wait for its end."
        )


def read_migrations(db: Db) -> set[Any]:
    return set(db.execute("SELECT app, name FROM django_migrations").fetchall())


def check_keys(target: Db) -> None:
    """Raise MoveRefused where the other cell has other FIELD_KEYS or another SECRET_KEY, or never told them."""
    told = target.execute(
        "SELECT proof, signing_key FROM tenants_fieldkeyproof"
    ).fetchone()
    if told is None or not told[1]:
        raise MoveRefused(
            "The other cell has not told its keys yet: start its processes once, then run this again."
        )
    proof, signing_key = told
    try:
        get_cipher().decrypt(proof.encode())
    except Exception as error:
        raise MoveRefused(
            "The other cell has other FIELD_KEYS: it could not read the stored access of LINE, carts and mail."
        ) from error
    if not hmac.compare_digest(signing_key, compute_fingerprint()):
        raise MoveRefused(
            "The other cell has another SECRET_KEY: it would refuse the links in mails and messages that were sent, the"
            " tickets of forms that are open, and everybody's session. Give both cells one key, start the other one"
            " again, then run this again."
        )


def find_taken_logins(source: Db, target: Db, shop: int) -> list[str]:
    """Return logins of the shop's people whose ID or address another person has in the other cell."""
    people = list_people(source, shop, everybody=True)
    ours = source.execute(
        "SELECT login_id, email, id FROM operators_operator WHERE id = ANY(%s) ORDER BY 1",
        [people],
    ).fetchall()
    return [
        login
        for login, email, pk in ours
        if target.execute(
            "SELECT 1 FROM operators_operator WHERE id <> %s AND (login_id = %s"
            " OR (email <> '' AND lower(email) = lower(%s)))",
            [pk, login, email],
        ).fetchone()
    ]
