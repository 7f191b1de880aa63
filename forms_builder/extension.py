"""What apps above add to the forms. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forms_builder.models import Form, Submission


@dataclass(frozen=True)
class FormsExtension:
    """What one app adds."""

    app: str
    # Kinds of questions: the key, which stands in stored forms, and the dotted path of its class (questions/base.py).
    field_kinds: Mapping[str, str] = field(default_factory=dict)
    # Lines at the end of every public page of a form.
    notes: "Callable[[Form], Sequence[str]] | None" = None
    # Where somebody goes who has answered, "" for the thank-you page.
    next_page: "Callable[[Submission], str] | None" = None
    # Say of every operator by which of these ways they hear of this kind of notice, and why not by the others. One app
    # at most says so.
    explain_audience: "Callable[[str, Iterable[str]], Sequence[Any]] | None" = None


extensions: dict[str, FormsExtension] = {}


def extend_forms(extension: FormsExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension


def list_notes(form: "Form") -> list[str]:
    """Return the lines that apps above put at the end of the form's pages."""
    return [
        line for each in extensions.values() if each.notes for line in each.notes(form)
    ]


def find_next_page(submission: "Submission") -> str:
    """Return where an app above sends who has answered; "" for the thank-you page."""
    pages = [
        each.next_page(submission) for each in extensions.values() if each.next_page
    ]
    return next(filter(None, pages), "")
