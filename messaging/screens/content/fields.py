"""The fields of a LINE message, for step messages and broadcasts alike."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.content.bubbles import check_bubbles, list_image_tokens
from messaging.content.render import (
    check_text,
    find_missing_form,
    list_attachable_forms,
)
from messaging.models import Content, MessageImage, MessageTemplate
from messaging.screens.content.blocks import BubbleRows, change_rows, read_rows
from operators.masking import is_masked

SAMPLES, MOST_TEMPLATES = 5, 200


class ContentFields(forms.Form):
    """The first text with its form, and the bubbles after it (``rows``).

    The view calls ``take_content`` before it asks whether the form is valid.
    """

    text = forms.CharField(
        label=_("本文"), strip=False, required=False,
        widget=forms.Textarea(attrs={"rows": 8, "data-preview": "message-preview", "data-width": "full"}),
    )  # fmt: skip
    form_id = forms.ChoiceField(
        label=_("フォームを添える"), required=False,
        widget=forms.Select(attrs={"data-width": "l", "data-attached": ""}),
        help_text=_("本文の{form}の位置に、フォームのリンクが入ります。{form}がないときは、本文の下に入ります。"),
    )  # fmt: skip

    rows: BubbleRows

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attachables = {form.public_id: form for form in list_attachable_forms()}
        self.picture_faults: list[str] = []
        choice: Any = self.fields["form_id"]
        choice.choices = [
            ("", gettext("添えない")),
            *((form.public_id, form.label) for form in self.attachables.values()),
        ]

    def take_content(self, request: HttpRequest, content: Content | None) -> None:
        """Take the bubbles from what the page sent, or from ``content``, and do what a button of theirs asks."""
        openable = list(self.attachables.values())
        if request.method != "POST":
            self.rows = BubbleRows(content.bubbles if content else [], openable)
            return
        self.rows, self.picture_faults = read_rows(
            request.POST, request.FILES, openable
        )
        edit = request.POST.get("edit", "")
        if edit:
            self.keep_typed(request)
        if edit == "template":
            self.use_template(request.POST.get("template", ""))
        elif edit:
            self.rows = change_rows(self.rows, edit, openable)

    def keep_typed(self, request: HttpRequest) -> None:
        """Show every field again as it was typed, without checking any."""
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(
                request.POST, request.FILES, self.add_prefix(name)
            )

    def use_template(self, public_id: str) -> None:
        """Put the message of one of the shop's templates in the place of what was typed."""
        rows = MessageTemplate.objects.select_related("content")
        found = rows.filter(public_id=public_id).first()
        if found:
            self.initial.update(
                {
                    "text": found.content.text,
                    "form_id": found.content.form_id,
                }
            )
            self.rows = BubbleRows(
                found.content.bubbles, list(self.attachables.values())
            )

    @property
    def templates(self) -> list[MessageTemplate]:
        """The shop's templates, newest first, to begin with."""
        return list(
            MessageTemplate.objects.order_by("-changed_at", "-pk")[:MOST_TEMPLATES]
        )

    def check_content(self, cleaned: dict[str, Any]) -> None:
        """Check the message as a whole; what is wrong with the bubbles stands above the form."""
        text = cleaned["text"] = cleaned.get("text", "").replace("\r\n", "\n").strip()
        cleaned["bubbles"] = bubbles = self.rows.read()
        for fault in self.picture_faults:
            self.add_error(None, fault)
        form_id = cleaned.get("form_id", "")
        for fault in find_missing_form([], form_id, bubbles):
            self.add_error(None, fault)
        self.check_images(list_image_tokens(bubbles))
        try:
            check_text(text, form_id)
        except ValidationError as errors:
            self.add_error("text", errors)
        try:
            check_bubbles(text, bubbles, list(self.attachables))
        except ValidationError as errors:
            self.add_error(None if bubbles else "text", errors)

    def check_images(self, tokens: set[str]) -> None:
        """Refuse pictures that the shop does not have: the sender could not build their addresses."""
        if MessageImage.objects.filter(token__in=tokens).count() < len(tokens):
            fault = gettext("画像が見つかりません。画像ファイルを選び直してください。")
            self.add_error(None, fault)

    @property
    def samples(self) -> list[Member]:
        """The newest friends, for the preview; nobody for whom personal data are masked sees them."""
        if is_masked():
            return []
        friends = Member.objects.filter(deleted_at=None, line_state="friend")
        return list(friends.order_by("-created_at", "-pk")[:SAMPLES])
