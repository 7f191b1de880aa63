"""Forms that say who a member is: editing one, adding one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.identity.change_history import build_history_entries
from members.identity.edit import get_member_version, list_changes_since
from members.models import Member, Note, Tag
from members.normalize.birthdays import Birthday, parse_birthday
from members.screens.profile.answer_form import AnswerForm
from members.tags.names import clean_tag_name

BIRTHDAY_HELP = gettext_lazy(
    "「1985/11/22」の形で。年が分からないときは「11/22」だけでもかまいません。"
)


class BirthdayField(forms.CharField):
    """A Birthday, of which only month and day may be known."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {
            "label": gettext_lazy("生年月日"),
            "required": False,
            "max_length": 20,
            **kwargs,
        }
        super().__init__(help_text=BIRTHDAY_HELP, **kwargs)

    def clean(self, value: Any) -> Birthday:
        return parse_birthday(super().clean(value))


class MemberForm(AnswerForm):
    """What an operator may correct.

    ``version``: what was there when the form was opened. What somebody else changed since is shown before it is
    overwritten.
    """

    birthday = BirthdayField()
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    field_order = ("name", "email", "phone", "birthday")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        self.member = member
        now = {
            "name": member.name,
            "email": member.email,
            "phone": member.phone,
            "version": get_member_version(member),
        }
        now["birthday"] = str(Birthday(member.birthday, member.birth_md))
        super().__init__(*args, **{**kwargs, "initial": now})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        version = cleaned.get("version")
        changes = [] if version is None else list_changes_since(self.member, version)
        if told := build_history_entries(changes, self.member) if changes else []:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["version"] = str(get_member_version(self.member))  # type: ignore[index]
            raise ValidationError([describe_concurrent_change(entry) for entry in told])
        return cleaned


def describe_concurrent_change(entry: Any) -> str:
    lines = _("、").join(
        _("%(label)s「%(before)s」→「%(after)s」")
        % {"label": line.label, "before": line.before, "after": line.after}
        for line in entry.changes
    )
    words = {"who": entry.who or entry.source, "changes": lines}
    return (
        _(
            "編集している間に、%(who)sによる変更がありました（%(changes)s）。確かめて、よければもう一度保存してください。"
        )
        % words
    )


class NewMemberForm(AnswerForm):
    """会員を追加. ``sure``: the public ids of the similar members that the operator has seen."""

    birthday = BirthdayField()
    tags = forms.MultipleChoiceField(
        label=gettext_lazy("タグ"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "across"}),
    )
    new_tag = forms.CharField(
        label=gettext_lazy("新しいタグ"), required=False, max_length=100
    )
    note = forms.CharField(
        label=gettext_lazy("メモ"),
        required=False,
        max_length=Note._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_tags = {tag.public_id: tag for tag in Tag.objects.order_by("name")}
        choices = [(key, tag.name) for key, tag in self.known_tags.items()]
        self.fields["tags"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["tags"]

    def clean_new_tag(self) -> str:
        name = self.cleaned_data["new_tag"]
        return clean_tag_name(name) if name else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(
            cleaned.get(name) for name in ("name", "email", "phone")
        ):
            raise ValidationError(
                _(
                    "氏名、メールアドレス、電話番号のどれも入力されていません。どれか一つは入力してください。"
                ),
                code="empty",
            )
        return cleaned

    @property
    def chosen_tags(self) -> list[Tag]:
        return [self.known_tags[key] for key in self.cleaned_data.get("tags", ())]
