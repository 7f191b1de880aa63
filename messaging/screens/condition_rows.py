"""The rows of a condition inside a form of the messages: the list's own builder (members/screens/builder/form.py)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.conditions.kinds.base import MASKED_MESSAGE
from members.conditions.sql import refuse_guesses
from members.conditions.tree import (
    BadCondition,
    Condition,
    walk_leaves,
)
from members.screens.builder.form import Builder
from operators.masking import is_masked
from operators.rights import ShopRequest
from operators.roles import EDIT


def open_builder(request: ShopRequest, condition: Condition) -> Builder:
    """Return the builder as the page sent it, or with the rows of ``condition``; only who may edit makes tags in it."""
    may_tag = request.seat.can(EDIT)
    if request.method == "POST":
        builder = Builder.posted(request.POST, request.FILES, may_tag)
    else:
        builder = Builder.of(condition, may_tag)
    # Whom a message is meant for at all the form says by itself, and the deleted get none.
    builder.is_plain = True
    return builder


def is_redrawn(request: ShopRequest, builder: Builder) -> bool:
    """Return whether a button changed rows, of the condition or of the message; nothing is saved then."""
    if request.method != "POST":
        return False
    return builder.acted(request.POST) or "edit" in request.POST


def read_condition(builder: Builder) -> Condition:
    """Return the condition of the rows; what it can only name, such as a new tag or a list, is stored.

    Raise ValidationError where a row must be mended; the builder says which.
    """
    condition = builder.read()
    if condition is None:
        raise ValidationError(
            _("条件に、直すところがあります。条件の欄を確認してください。")
        )
    try:
        if is_masked():
            refuse_guesses(condition)
    except BadCondition:
        raise ValidationError(str(MASKED_MESSAGE)) from None
    return condition


def join_conditions(tags: Condition, more: Condition) -> Condition:
    """Return the two lines of tags, and behind them what else must hold as one group (``split_more`` finds it)."""
    return {"all": [*tags["all"], more]} if any(walk_leaves(more)) else tags


def split_more(condition: Condition) -> Condition:
    """Return what else than the two lines of tags must hold; {} for nothing."""
    groups = [part for part in condition.get("all", []) if "field" not in part]
    return groups[0] if groups else {}
