"""What can stand in an exported file: this app's columns, and those of apps above (members/extension.py)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields, resources

from members.exports import joins, values
from members.exports.joins import Join
from members.extension import extensions
from members.listing import columns as list_columns
from members.models import Attribute, IdentityRecord, Member
from members.models.member import AnswerSource
from operators.models import Seat


@dataclass(frozen=True)
class Column:
    """One column of an exported file.

    ``value``: an expression over Member whose result is text; it is made in the shop's scope, in the language of the
    file. ``number``: digits and a sign only, so that nothing in it could be a formula. ``group``: what many columns
    belong to, such as a form; the page folds them under it.

    A column that needs other rows names a ``join``; ``cell`` is then the SQL of the text, made of the join's alias and
    of ``{value}``, with ``params`` for its %s.
    """

    name: str
    label: str | Promise
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


def _make_text_column(name: str, label: str | Promise) -> Column:
    return Column(name, label, lambda: F(name))


def _make_moment_column(name: str, label: str | Promise) -> Column:
    return Column(name, label, lambda: values.build_moment_text(name))


COLUMNS = (
    Column("public_id", gettext_lazy("会員ID"), lambda: F("public_id")),
    _make_text_column("name", gettext_lazy("氏名")),
    Column("phone", gettext_lazy("電話番号"), values.build_phone_text),
    _make_text_column("email", gettext_lazy("メールアドレス")),
    Column("birthday", gettext_lazy("生年月日"), values.build_birthday_text),
    Column(
        "link_state",
        gettext_lazy("連携状態"),
        lambda: values.build_choice_text("link_state", Member.LinkState.choices),
    ),
    Column(
        "line_state",
        gettext_lazy("友だち"),
        lambda: values.build_choice_text("line_state", Member.LineState.choices),
    ),
    Column(
        "tags",
        gettext_lazy("タグ"),
        values.build_empty_text,
        join=joins.build_tags_join,
        cell="tagged.names",
    ),
    _make_text_column("line_name", gettext_lazy("LINE名")),
    _make_text_column("line_user_id", gettext_lazy("LINEユーザーID")),
    _make_moment_column("known_at", gettext_lazy("認知日時")),
    Column(
        "known_by",
        gettext_lazy("認知のきっかけ"),
        lambda: values.build_choice_text("known_by", IdentityRecord.Source.choices),
    ),
    _make_moment_column("answered_at", gettext_lazy("最終回答")),
    _make_moment_column("line_optout_at", gettext_lazy("LINEの受信拒否")),
    Column(
        "line_optout_by",
        gettext_lazy("LINEの受信拒否のきっかけ"),
        lambda: values.build_choice_text("line_optout_by", AnswerSource.choices),
    ),
    _make_moment_column("mail_optout_at", gettext_lazy("メールの受信拒否")),
    Column(
        "mail_optout_by",
        gettext_lazy("メールの受信拒否のきっかけ"),
        lambda: values.build_choice_text("mail_optout_by", AnswerSource.choices),
    ),
    _make_moment_column("last_seen_at", gettext_lazy("最終反応")),
    Column(
        "visits",
        gettext_lazy("訪問回数"),
        lambda: Cast("visits", TextField()),
        number=True,
    ),
    Column(
        "sessions",
        gettext_lazy("セッション数"),
        lambda: Cast("sessions", TextField()),
        number=True,
    ),
    _make_moment_column("created_at", gettext_lazy("登録日")),
    _make_moment_column("deleted_at", gettext_lazy("削除日時")),
)


# ---------------------------------------------------------------- of one shop
def list_export_columns() -> dict[str, Column]:
    """Return every column that the shop can export, by name.

    These are the built-in ones, the shop's attributes and what other apps know of the shop, without what it archived.
    """
    attributes = Attribute.objects.order_by("position", "pk")
    archived = {a.system for a in attributes if a.system and a.archived_at}
    every = [column for each in extensions.values() for column in each.export_columns]
    shown = {column.name: column for column in every if column.name not in archived}
    own = [a for a in attributes if not a.system and not a.archived_at]
    more = [_make_attribute_column(a) for a in own] + [
        column for each in extensions.values() for column in each.shop_columns()
    ]
    return shown | {column.name: column for column in more}


def _make_attribute_column(attribute: Attribute) -> Column:
    return Column(
        f"attribute:{attribute.public_id}", attribute.name, values.build_empty_text,
        number=attribute.kind == Attribute.Kind.NUMBER, join=lambda: joins.build_value_join(attribute),
        cell=f"attribute_{attribute.pk}.shown",
    )  # fmt: skip


# The columns of a file that show what a column of the member list does, where the names differ.
LIST_COLUMNS = {
    "contact": ("phone", "email"), "link": ("link_state",), "line": ("line_state",), "known": ("known_at", "known_by"),
    "seen": ("last_seen_at",), "visits": ("visits",), "sessions": ("sessions",),
    "created": ("created_at",),
}  # fmt: skip


def list_default_columns(seat: Seat) -> list[str]:
    """Return the columns that are ticked at first: those of this operator's member list, in its order."""
    there = list_export_columns()
    seen = [
        name
        for key in list_columns.get_shown_columns(seat)
        for name in LIST_COLUMNS.get(key, (key,))
    ]
    return [name for name in ("public_id", "name", *seen) if name in there]


# ---------------------------------------------------------------- headings
def build_export_resource(chosen: list[Column]) -> resources.Resource:
    """Return the columns in their order as a Resource, with headings of which no two are alike."""
    resource = resources.Resource()
    resource.fields = {
        column.name: fields.Field(attribute=column.name, column_name=heading)
        for column, heading in zip(chosen, _build_headings(chosen), strict=True)
    }
    return resource


def _build_headings(chosen: list[Column]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for column in chosen:
        label = column.title
        seen[label] = seen.get(label, 0) + 1
        yield label if seen[label] == 1 else f"{label}（{seen[label]}）"
