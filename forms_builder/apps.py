from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from members.models import Member
    from messaging.content import Attachable


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from forms_builder import (
            attribute_uses,
            condition_fields,  # noqa: F401  registers the fields of conditions
            exportcolumns,
        )
        from forms_builder.tag_uses import USER
        from members.archiving import register_blocker
        from members.exporting.columns import register_source
        from members.moving import Rule, register_rule
        from members.panels import Panel, Tab, register, register_tab
        from members.uses import register_attribute_user, register_tag_user
        from messaging import content

        register_source(exportcolumns.columns)
        register_tag_user("forms", USER)
        register_attribute_user("forms", attribute_uses.uses)
        register_blocker("forms", attribute_uses.blockers)
        content.attachables.append(open_forms)
        register_rule("forms_builder.Submission.member", Rule(_("フォーム回答")))
        register_tab(Tab(55, "forms", _("フォーム回答"), answers_by))
        register(Panel(55, "forms", _("フォーム回答"), "forms_builder/member_panel.html", answers_of, tab="forms"))


def open_forms() -> "Iterable[Attachable]":
    """The forms a message can link to."""
    from forms_builder.models import Form
    from messaging.content import Attachable

    for form in Form.objects.filter(is_open=True).prefetch_related("fields").order_by("name", "pk"):
        yield Attachable(form.public_id, form.name, [field.kind for field in form.fields.all()])


def answers_of(request: HttpRequest, member: "Member") -> dict[str, Any]:
    """The answers of one member, newest first, test answers marked."""
    from console.pager import paginate
    from forms_builder.models import Submission
    from members.panels import NEWEST, everything

    rows = Submission.objects.filter(member=member).newest_first()
    if everything(request):
        return {"submissions": rows[:NEWEST], "more": answers_by(member) > NEWEST}
    page = paginate(rows, request.GET, ["-received_at"], total=answers_by(member))
    return {"submissions": page.rows, "page": page}


def answers_by(member: "Member") -> int:
    from forms_builder.models import Submission

    return Submission.objects.filter(member=member).count()
