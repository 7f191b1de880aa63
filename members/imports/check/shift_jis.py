"""Texts that come back from our own files in Shift_JIS: what it could not hold is no change.

Such a file has 〓 for each character that Shift_JIS does not know, and one of two signs that look the same.
"""

from typing import Any

from jobs.files.formula_guard import SHAPES
from jobs.files.writers import EQUIVALENTS, REPLACEMENT
from members.models import Attribute

FOLDED = "translate(translate({0}, %(shapes)s, ''), %(signs)s, %(written)s)"
PATTERN = r"replace(replace(replace(replace({0}, '\', '\\'), '%%', '\%%'), '_', '\_'), %(replaced)s, '_')"
ALIKE = f"{FOLDED.format('{stored}')} LIKE {PATTERN.format(FOLDED.format('{given}'))} AND {{given}} <> {{stored}}"
FOUND = """FROM pg_temp.import_found j JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = j.id {join}
WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.number = j.number AND {alike}"""
NAMES = f"""UPDATE members_importrow r SET name = m.name, name_key = m.name_key
{FOUND.format(join="", alike="r.name <> '' AND " + ALIKE.format(given="r.name", stored="m.name"))}"""
VALUES = f"""UPDATE members_importrow r SET extras = r.extras || jsonb_build_object(%(attribute)s::text, a.text)
{
    FOUND.format(
        join="JOIN members_attributevalue a ON a.tenant_id = %(tenant)s AND a.attribute_id = %(attribute)s"
        " AND a.member_id = j.id",
        alike=ALIKE.format(given="(r.extras ->> %(attribute)s::text)", stored="a.text"),
    )
}"""


def restore_what_shift_jis_lost(
    cursor: Any, tenant: int, source: int, texts: list[Attribute]
) -> None:
    """Put the stored name or text into each row that says the same as far as Shift_JIS can say it."""
    words: dict[str, Any] = {
        "tenant": tenant,
        "source": source,
        "shapes": SHAPES,
        "signs": "".join(EQUIVALENTS),
        "written": "".join(EQUIVALENTS.values()),
        "replaced": REPLACEMENT,
    }
    cursor.execute(NAMES, words)
    for attribute in texts:
        cursor.execute(VALUES, {**words, "attribute": attribute.pk})
