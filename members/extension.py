"""What apps know of members beyond this app. Each hands in one instance, in its ``AppConfig.ready()``; so does this."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from members.attributes.member_field import Column
    from members.bulk.actions import Action
    from members.bulk.tags import UndoCounter
    from members.conditions.presets import Preset
    from members.conditions.registry import Field, FieldFamily
    from members.conditions.search import Finder
    from members.identity.change_history import HistoryKey
    from members.imports.undo.touched_since import TouchedBy
    from members.listing.columns import ListColumn
    from members.merge.merge import AfterMerge, Objections
    from members.merge.references import Rule
    from members.models import Member
    from members.screens.profile.registry import Panel, Reasons, Steps, Tab
    from members.valuelists.lookup import ValueSource


@dataclass(frozen=True)
class MembersExtension:
    """What one app adds."""

    app: str
    # What can be asked about a member, in the order of the builder.
    condition_fields: "Sequence[Field]" = ()
    # Fields that a shop makes itself, by the prefix of their names.
    condition_families: "Sequence[FieldFamily]" = ()
    # Ready-made conditions to start from; one that the shop cannot ask is left out.
    presets: "Sequence[Preset]" = ()
    # Numbers of the app's own by which the quick search finds members.
    finders: "Sequence[Finder]" = ()
    # Values by which a pasted list finds members: the kind of list and where they are kept.
    value_sources: "Sequence[tuple[str, ValueSource]]" = ()
    # Columns of the member list.
    list_columns: "Sequence[ListColumn]" = ()
    # Columns of an exported file.
    export_columns: "Sequence[Column]" = ()
    # Columns that a shop made itself, asked for in its scope; they stand last, not ticked at first.
    shop_columns: "Callable[[], Iterable[Column]]" = tuple
    # The 一括… buttons of the member list, each with its job.
    bulk_actions: "Sequence[Action]" = ()
    # Tabs of a member's page.
    tabs: "Sequence[Tab]" = ()
    # Blocks of a member's page, each on a tab.
    panels: "Sequence[Panel]" = ()
    # A few words beside the link state in the list; of several apps the last has the word.
    reasons: "Sequence[Reasons]" = ()
    # What is to be done next about a member that is not linked.
    next_steps: "Sequence[Steps]" = ()
    # What becomes of a table's rows when members are merged: "app.Model.field" and its rule.
    merge_rules: "Mapping[str, Rule]" = field(default_factory=dict)
    # Why some members cannot be merged.
    merge_objections: "Sequence[Objections]" = ()
    # What is done once members are merged, and once they no longer are.
    after_merge: "Sequence[AfterMerge]" = ()
    # What taggings set going in the app, to be counted and stopped when they are undone.
    undo_counters: "Sequence[UndoCounter]" = ()
    # Tables of which not every row touches its member: "app.Model" and whom of them it did.
    touched_by: "Mapping[str, TouchedBy]" = field(default_factory=dict)
    # Keys of the history that are no column of a member, and how they are told.
    history_keys: "Sequence[HistoryKey]" = ()
    # Whether a member (id) was linked at that moment.
    was_linked: "Callable[[int, datetime], bool] | None" = None
    # Which of the member's own keys is one slip away from a customer's: "phone", "email", or "" for neither.
    find_slip: "Callable[[Member], str] | None" = None
    # What another rule about shared addresses would do in the app, in sentences.
    email_rule_effects: "Sequence[Callable[[str], list[str]]]" = ()


extensions: dict[str, MembersExtension] = {}


def extend_members(extension: MembersExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
