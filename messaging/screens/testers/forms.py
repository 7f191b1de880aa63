"""Who tries messages out."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.attributes.personal import show_personal
from messaging.models import Tester

KEY = re.compile(r"[0-9a-f]{16}")


class TesterForm(forms.Form):
    """An operator's own mail address."""

    label = forms.CharField(label=_("名前"), max_length=60)
    mail_address = forms.EmailField(label=_("メールアドレス"))


class SendTestForm(forms.Form):
    """Which of the testers get it. ``key`` names the request, so that a second click sends nothing twice."""

    testers: Any = forms.MultipleChoiceField(
        label=_("テスト配信先"), widget=forms.CheckboxSelectMultiple
    )
    key = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, testers: Iterable[Tester], channels: set[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.found = {tester.public_id: tester for tester in testers}
        field: Any = self.fields["testers"]
        field.choices = [
            (tester.public_id, describe_tester(tester))
            for tester in self.found.values()
            if any(map(tester.can_get, channels))
        ]

    @property
    def has_choices(self) -> bool:
        field: Any = self.fields["testers"]
        return bool(field.choices)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not KEY.fullmatch(key):
            raise forms.ValidationError(
                gettext("画面を開き直して、もう一度送信してください。")
            )
        return key

    @property
    def chosen(self) -> list[Tester]:
        return [self.found[public_id] for public_id in self.cleaned_data["testers"]]


def describe_tester(tester: Tester) -> str:
    """Return who it is: a member's name, or whose mail address it is."""
    if tester.member:
        return show_personal(tester.member)
    return f"{tester.label}（{show_personal(tester.mail_address)}）"
