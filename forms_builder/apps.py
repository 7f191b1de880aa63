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
        from forms_builder.usage.of_tags import TAG_USER
        from members.exports.columns import register_column_source
        from members.merge.references import Rule, register_merge_rule
        from members.screens.profile.registry import Panel, Tab, register, register_tab
        from members.usage.archive_attribute import register_archive_blocker
        from members.usage.registry import register_attribute_usage, register_tag_usage
        from messaging.content import render

        register_column_source(export_columns.build_answer_columns)
        register_tag_usage("forms", TAG_USER)
        register_attribute_usage("forms", of_attributes.find_attribute_usage)
        register_archive_blocker("forms", of_attributes.find_attribute_blockers)
        render.attachables.append(list_open_forms)
        register_merge_rule("forms_builder.Submission.member", Rule(_("フォーム回答")))
        register_tab(Tab(55, "forms", _("フォーム回答"), count_answers))
        register(
            Panel(
                55,
                "forms",
                _("フォーム回答"),
                "forms_builder/member/panel.html",
                build_answers_context,
                tab="forms",
            )
        )


def list_open_forms() -> "Iterable[Attachable]":
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


def build_answers_context(request: HttpRequest, member: "Member") -> dict[str, Any]:
    """Return the panel's context: the answers of one member, newest first, test answers marked."""
    from console.pager import paginate_rows
    from forms_builder.models import Submission
    from members.screens.profile.registry import NEWEST, is_one_screen_view

    rows = Submission.objects.filter(member=member).newest_first()
    if is_one_screen_view(request):
        return {"submissions": rows[:NEWEST], "more": count_answers(member) > NEWEST}
    page = paginate_rows(
        rows, request.GET, ["-received_at"], total=count_answers(member)
    )
    return {"submissions": page.rows, "page": page}


def count_answers(member: "Member") -> int:
    from forms_builder.models import Submission

    return Submission.objects.filter(member=member).count()
