"""The settings elsewhere that a step message depends on, each a click away."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from members.models import Tag
from messaging.content.bubbles import list_form_ids
from messaging.content.render import list_attachable_forms
from messaging.deliveries.holds import get_link_timing, list_linked_tag_ids
from messaging.extension import extensions
from messaging.models import Scenario
from messaging.scenarios.durations import describe_duration


@dataclass(frozen=True)
class RelatedSetting:
    """``value``: what is set there now; ``url``: where."""

    label: str
    value: str
    url: str


def list_related_settings(scenario: Scenario) -> list[RelatedSetting]:
    """Return the carts' frequency, the forms that put on its trigger tags, its own forms and the tags of the linked."""
    return [
        *find_frequency_setting(scenario),
        *find_form_settings(scenario),
        *find_tag_settings(),
    ]


def find_frequency_setting(scenario: Scenario) -> Iterator[RelatedSetting]:
    frequency = get_link_timing(scenario.tenant).frequency
    pages = [each.frequency_page for each in extensions.values()]
    url = next((page() for page in pages if page), "")
    if frequency and url:
        yield RelatedSetting(_("カート連携頻度"), describe_duration(frequency), url)


def find_form_settings(scenario: Scenario) -> Iterator[RelatedSetting]:
    page = next((e.form_page for e in extensions.values() if e.form_page), None)
    if not page:
        return
    triggers = {tag.pk: tag.name for tag in scenario.trigger_tags}
    attached = {
        form_id
        for step in scenario.steps.select_related("content")
        for form_id in list_form_ids(step.content.form_id, step.content.bubbles)
    }
    for form in list_attachable_forms():
        for pk in sorted(set(form.tags) & triggers.keys()):
            label = _("「%(tag)s」を付けるフォーム") % {"tag": triggers[pk]}
            yield RelatedSetting(label, form.label, page(form.public_id))
        if form.public_id in attached:
            label = _("添えたフォーム")
            yield RelatedSetting(label, form.label, page(form.public_id))


def find_tag_settings() -> Iterator[RelatedSetting]:
    for tag in Tag.objects.filter(pk__in=list_linked_tag_ids()).order_by("name_key"):
        url = reverse("members:tag", args=[tag.public_id])
        yield RelatedSetting(_("連携したときに付くタグ"), tag.name, url)
