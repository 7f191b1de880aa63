"""What the operator chose for an import, stored as JSON in MemberImport.settings and read by name here."""

from dataclasses import asdict, dataclass, field
from typing import Any

from members.imports.read.columns import KEYS
from members.models import MemberImport


@dataclass
class Settings:
    """``mapping``: heading → key of a target; ``tags``: names found in the file, to which rows refer by place."""

    encoding: str = ""
    delimiter: str = ","
    xlsx: bool = False
    header: list[str] = field(default_factory=list)
    extra: int = 0  # columns after those of the header that are left out
    skipped: int = (
        0  # records above the header: a title, or the line that names the separator
    )
    sheet: str = ""  # the sheet of a workbook that is read, of so many
    sheets: int = 0
    unsaved: int = 0  # formulas in it that have no stored value
    header_key: str = ""
    sample: list[list[str]] = field(default_factory=list)
    about: int = 0  # rows, before they are counted
    mapping: dict[str, str] | None = None
    keys: list[str] = field(default_factory=lambda: list(KEYS))
    update: bool = True
    add: bool = True
    consent: bool = False
    release: bool = False
    tags: list[str] = field(default_factory=list)
    tag_ids: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    at: str = ""  # when it was loaded: the time of its answers
    seen: list[int] = field(
        default_factory=list
    )  # how the members stood when they were compared
    doubles: int = 0  # new rows that look like somebody who is there
    double_rows: list[int] = field(default_factory=list)  # the first of them
    csv: str = (
        ""  # the rows in the storage, where the upload itself is not read row by row
    )
    copied: bool = False  # an upload in another encoding: its rows are

    @classmethod
    def of(cls, source: MemberImport) -> "Settings":
        known = cls.__dataclass_fields__
        return cls(
            **{name: value for name, value in source.settings.items() if name in known}
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            name: value for name, value in asdict(self).items() if value is not None
        }

    def save_to(self, source: MemberImport) -> None:
        source.settings = self.as_dict()
        source.save(update_fields=["settings"])

    @property
    def usable_keys(self) -> list[str]:
        """The chosen keys for which the file has a column."""
        mapped = set((self.mapping or {}).values())
        return [key for key in KEYS if key in self.keys and key in mapped]
