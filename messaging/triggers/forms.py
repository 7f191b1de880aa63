"""Triggers about forms. The forms live in an app above, which fires them and says what can be chosen."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from messaging.content.render import list_attachable_forms
from messaging.triggers.base import TriggerKind


class FormAnswered(TriggerKind):
    label = _("フォームに回答したとき")
    family = _("フォーム")
    help = _("テスト回答では始まりません。")
    subject = "ref"
    any_label = _("どのフォームでも")

    def list_subjects(self) -> Iterable[tuple[str, str]]:
        return [(form.public_id, str(form.label)) for form in list_attachable_forms()]


class FormAnsweredAgain(FormAnswered):
    label = _("フォームに再回答したとき")
    help = _(
        "そのフォームに回答したことのある会員が、もう一度回答したときに始まります。"
    )
