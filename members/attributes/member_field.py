"""What is known of every member, field by field: one description for the list, cells, files, conditions and history.

The closed list of them stands in members/attributes/member_fields.py; whatever else a shop wants to know is an
attribute (members/attributes/kinds.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.file_joins import Join
from members.attributes.import_cells import CellWidget

LazyText = str | Promise
# The groups of conditions on fields of Member.
BASIC, LINE = gettext_lazy("基本"), gettext_lazy("LINE")


@dataclass(frozen=True)
class Column:
    """One column of an exported file.

    ``value``: an expression over Member whose result is text; it is made in the shop's scope, in the language of
    the file. ``number``: digits and a sign only, so that nothing in it could be a formula. ``group``: what many columns
    belong to, such as a form; the page folds them under it.

    A column that needs other rows names a ``join``; ``cell`` is then the SQL of the text, made of the join's alias and
    of ``{value}``, with ``params`` for its %s.
    """

    name: str
    label: LazyText
    value: Callable[[], Combinable]
    number: bool = False
    group: str = ""
    join: Callable[[], Join] | None = None
    cell: str = "{value}"
    params: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """The heading in the file."""
        return (
            _("%(group)s：%(label)s") % {"group": self.group, "label": self.label}
            if self.group
            else str(self.label)
        )


@dataclass(frozen=True)
class Question:
    """How conditions ask about a column of Member.

    ``family``: those asked alike (conditions/fields/families.py). ``name``: in the tree of a condition, and the column
    unless ``column`` says another one. ``key``: from what is typed to what the column keeps. ``values``: the kind of
    pasted lists (ValueList.Field). ``choices``: pairs of key and words. ``empty``, ``filled``: what it is called when
    there is none, and any.
    """

    name: str
    label: LazyText
    group: LazyText
    family: str
    column: str = ""
    key: Callable[[str], str] = str
    values: str = ""
    choices: Iterable[tuple[str, LazyText]] = ()
    empty: LazyText = ""
    filled: LazyText = ""


@dataclass(frozen=True)
class ImportColumn:
    """One thing that a column of an imported file can be.

    ``note``: what goes below its heading in the sample file; "" leaves it out there. ``strength``: of those that find a
    member the lowest counts first; 0 finds nobody. ``consent``: taken in only where the operator said so.
    """

    key: str
    label: LazyText
    widget: CellWidget
    note: LazyText = ""
    strength: int = 0
    consent: bool = False


@dataclass(frozen=True)
class HistoryText:
    """A column in the history of changes: what it is called, and a value of it, as JSON holds it, in words."""

    label: LazyText
    show: Callable[[Any], str] = str


@dataclass(frozen=True)
class Matched:
    """The column beside it that is matched, and how its value is made."""

    column: str
    key: Callable[[str], str]


@dataclass(frozen=True)
class MemberField:
    """One thing that is known of every member.

    ``columns``: of Member; they go together. ``show``: as every page writes it, of a member or whatever has these
    columns. ``parse``: what was typed; ValidationError with cause and remedy. ``matched``: it comes by answers, of
    which the newest counts, and members are found by it. ``chosen``: a merge asks whose stays. ``personal``: it says
    who somebody is, so that only members/attributes/personal.py prints it.
    """

    key: str
    label: LazyText
    columns: tuple[str, ...] = ()
    show: Callable[[Any], str] = str
    parse: Callable[[str], Any] | None = None
    input_mode: str = "text"
    matched: Matched | None = None
    chosen: bool = False
    personal: bool = False
    exported: Column | None = None
    asked: Question | None = None
    imported: tuple[ImportColumn, ...] = ()
    history: Mapping[str, HistoryText] = field(default_factory=dict)
