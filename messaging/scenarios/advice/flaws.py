"""What is wrong with a step message that asks those again who are not linked, and how one click mends it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import time

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.content.bubbles import list_form_ids, swap_forms
from messaging.content.make import read_written
from messaging.content.render import Attachable, list_attachable_forms
from messaging.deliveries.holds import get_link_timing
from messaging.models import Scenario, Step
from messaging.scenarios.ask_again import is_for_unlinked_members
from messaging.scenarios.manage import save_scenario, save_step

POLLS, FORM, WINDOW = "polls", "form", "window"
# The window that the button of a warning about the night sets.
DAYTIME = (time(9), time(20))


@dataclass(frozen=True)
class Flaw:
    """``code`` is what mend_scenario takes; without ``button`` a person must mend it."""

    code: str
    title: str
    text: str
    button: str = ""


def find_flaws(scenario: Scenario) -> list[Flaw]:
    """Return the flaws of a step message that passes over the linked; of any other there are none."""
    if not is_for_unlinked_members(scenario.condition):
        return []
    flaws = [] if scenario.wait_for_polls else [explain_missing_wait()]
    keys = get_link_timing(scenario.tenant).keys
    forms = list_attachable_forms()
    if lacking := find_lacking_form(scenario, forms, keys):
        flaws.append(explain_lacking_form(lacking, forms, keys))
    return flaws


def explain_missing_wait() -> Flaw:
    return Flaw(
        POLLS,
        _("「連携を2回確認してから配信する」がオフです"),
        _("カートが止まっている間も送るため、連携できる会員にも届くことがあります。"),
        _("オンにする"),
    )


def explain_lacking_form(
    lacking: Attachable, forms: Collection[Attachable], keys: frozenset[str]
) -> Flaw:
    labels = {"phone": _("電話番号"), "email": _("メールアドレス")}
    missing = [labels[key] for key in sorted(keys - set(lacking.kinds), reverse=True)]
    better = find_asking_form(forms, keys)
    return Flaw(
        FORM,
        _("添えたフォーム「%(form)s」に、連携に使う項目がありません")
        % {"form": lacking.label},
        _(
            "フォームに「%(fields)s」の項目を追加するか、その項目があるフォームに替えてください。"
        )
        % {"fields": _("、").join(missing)},
        _("「%(form)s」に替える") % {"form": better.label} if better else "",
    )


def list_step_forms(scenario: Scenario) -> list[tuple[Step, list[str]]]:
    """Return the messages with the forms that each leads to: the attached one, and those of its buttons."""
    steps = scenario.steps.in_order().select_related("content")
    return [
        (step, list_form_ids(step.content.form_id, step.content.bubbles))
        for step in steps
    ]


def find_lacking_form(
    scenario: Scenario, forms: Collection[Attachable], keys: frozenset[str]
) -> Attachable | None:
    """Return the first form of a message that does not ask for everything that the carts match by."""
    by_id = {form.public_id: form for form in forms}
    attached = [
        by_id[form_id]
        for _step, form_ids in list_step_forms(scenario)
        for form_id in form_ids
        if form_id in by_id
    ]
    return next((form for form in attached if keys - set(form.kinds)), None)


def find_asking_form(
    forms: Collection[Attachable], keys: frozenset[str]
) -> Attachable | None:
    """Return a form that asks for all of these keys, rather one whose answer puts on a tag: that tag is a trigger."""
    asking = [form for form in forms if keys <= set(form.kinds)]
    return max(asking, key=lambda form: bool(form.tags), default=None)


@transaction.atomic
def mend_scenario(scenario: Scenario, code: str) -> bool:
    """Mend one flaw as its button says; return whether it was there and could be mended."""
    if code == WINDOW and not scenario.window:
        scenario.send_from, scenario.send_until = DAYTIME
        save_scenario(scenario, scenario.trigger_tags)
        return True
    if code not in [flaw.code for flaw in find_flaws(scenario) if flaw.button]:
        return False
    if code == POLLS:
        scenario.wait_for_polls = True
        save_scenario(scenario, scenario.trigger_tags)
        return True
    keys = get_link_timing(scenario.tenant).keys
    forms = {form.public_id: form for form in list_attachable_forms()}
    better = find_asking_form(forms.values(), keys)
    assert better
    for step, form_ids in list_step_forms(scenario):
        attached = [forms[form_id] for form_id in form_ids if form_id in forms]
        worse = [form.public_id for form in attached if keys - set(form.kinds)]
        if worse:
            swaps = dict.fromkeys(worse, better.public_id)
            written = read_written(step)
            form_id = swaps.get(written.form_id, written.form_id)
            bubbles = swap_forms(written.bubbles, swaps)
            swapped = replace(written, form_id=form_id, bubbles=bubbles)
            save_step(scenario, step, {}, swapped)
    return True
