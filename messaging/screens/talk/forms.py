"""The forms of what is heard: an answer, a keyword."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Need, SegmentedSelect, mark_needs
from members.models import Tag
from messaging.content.render import check_text
from messaging.inbound.keywords import LONGEST_KEY, make_word_key
from messaging.models import Keyword
from messaging.screens.content.fields import ContentFields

KEY = re.compile(r"[0-9a-f]{16}")


class ReplyForm(forms.Form):
    """An answer to one member. ``key`` names the request, so that a second click sends nothing twice."""

    text = forms.CharField(
        label=_("返信"),
        widget=forms.Textarea(attrs={"rows": 3, "data-width": "full"}),
        error_messages={
            "required": _("本文が入力されていません。返信する内容を入力してください。")
        },
    )
    key = forms.CharField(widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        check_text(text)
        return text

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not KEY.fullmatch(key):
            raise ValidationError(
                gettext("画面を開き直して、もう一度送信してください。")
            )
        return key


class KeywordForm(ContentFields):
    """A word, and what it sets off: a tag, an answer, or both."""

    field_order = ("word", "match", "tag", "text", "form_id")

    word = forms.CharField(
        label=_("キーワード"),
        max_length=100,
        help_text=_("全角と半角、大文字と小文字は区別しません。"),
    )
    match = forms.ChoiceField(
        label=_("一致のしかた"),
        choices=Keyword.Match.choices,
        initial=Keyword.Match.WHOLE,
        widget=SegmentedSelect,
        help_text=_(
            "「全体が一致」は、メッセージ全体がキーワードと同じときだけ応答します。"
        ),
    )
    tag: Any = forms.ModelChoiceField(
        None,
        label=_("付けるタグ"),
        to_field_name="public_id",
        required=False,
        empty_label=_("付けない"),
    )

    def __init__(self, *args: Any, keyword: Keyword, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keyword = keyword
        fields: dict[str, Any] = self.fields
        # It answers where it was written.
        del fields["way"]
        fields["tag"].queryset = Tag.objects.order_by("name_key", "pk")
        fields["text"].label = _("返信の本文")
        fields["text"].help_text = _("空欄なら、返信しません。")
        mark_needs(self, text=Need.OPTIONAL)

    def clean_word(self) -> str:
        word = " ".join(str(self.cleaned_data["word"]).split())
        key = make_word_key(word)
        if not key:
            raise ValidationError(
                gettext("キーワードが読み取れません。文字を入力してください。")
            )
        if len(key) > LONGEST_KEY:
            raise ValidationError(gettext("キーワードが長すぎます。短くしてください。"))
        return word

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        answers = cleaned.get("text", "").strip() or cleaned.get("form_id")
        if answers or self.rows:
            self.check_line(cleaned)
        else:
            cleaned["bubbles"] = []
            if not cleaned.get("tag") and "tag" not in self.errors:
                self.add_error(
                    None,
                    gettext("付けるタグか返信の本文の、どちらかを入力してください。"),
                )
        self.refuse_same_word(cleaned)
        return cleaned

    def refuse_same_word(self, cleaned: dict[str, Any]) -> None:
        word, match = cleaned.get("word"), cleaned.get("match")
        if not word or not match:
            return
        same = Keyword.objects.filter(match=match, word_key=make_word_key(word))
        if same.exclude(pk=self.keyword.pk).exists():
            self.add_error(
                "word",
                gettext("同じキーワードがあります。そのキーワードを編集してください。"),
            )
