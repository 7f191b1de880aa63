from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from members.models import Member
    from messaging.content.render import Attachable


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from forms_builder import condition_fields  # noqa: F401  registers the fields of conditions
        from forms_builder.answers import export_columns
        from forms_builder.usage import of_attributes
        from forms_builder.usage.of_tags import USER
        from members.exports.columns import register_source
        from members.merge.references import Rule, register_rule
        from members.screens.profile.registry import Panel, Tab, register, register_tab
        from members.usage.archive_attribute import register_blocker
        from members.usage.registry import register_attribute_user, register_tag_user
        from messaging.content import render

        register_source(export_columns.columns)
        register_tag_user("forms", USER)
        register_attribute_user("forms", of_attributes.uses)
        register_blocker("forms", of_attributes.blockers)
        render.attachables.append(open_forms)
        register_rule("forms_builder.Submission.member", Rule(_("フォーム回答")))
        register_tab(Tab(55, "forms", _("フォーム回答"), answers_by))
        register(
            Panel(
                55,
                "forms",
                _("フォーム回答"),
                "forms_builder/member/panel.html",
                answers_of,
                tab="forms",
            )
        )


def open_forms() -> "Iterable[Attachable]":
    """Yield the forms a message can link to."""
    from forms_builder.models import Form
    from messaging.content.render import Attachable

    for form in (
        Form.objects.filter(is_open=True)
        .prefetch_related("fields")
        .order_by("name", "pk")
    ):
        yield Attachable(
            form.public_id, form.name, [field.kind for field in form.fields.all()]
        )


def answers_of(request: HttpRequest, member: "Member") -> dict[str, Any]:
    """Return the panel's context: the answers of one member, newest first, test answers marked."""
    from console.pager import paginate
    from forms_builder.models import Submission
    from members.screens.profile.registry import NEWEST, everything

    rows = Submission.objects.filter(member=member).newest_first()
    if everything(request):
        return {"submissions": rows[:NEWEST], "more": answers_by(member) > NEWEST}
    page = paginate(rows, request.GET, ["-received_at"], total=answers_by(member))
    return {"submissions": page.rows, "page": page}


def answers_by(member: "Member") -> int:
    from forms_builder.models import Submission

    return Submission.objects.filter(member=member).count()
