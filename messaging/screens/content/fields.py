"""The fields of a message, by LINE or by mail, for step messages and broadcasts alike."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Need, SegmentedSelect, mark_needs
from members.models import Member
from messaging.content.bubbles import check_bubbles, list_image_tokens
from messaging.content.events import EventField
from messaging.content.footer import find_footer
from messaging.content.html import clean_html
from messaging.content.mail_checks import find_mail_faults
from messaging.content.make import Written
from messaging.content.merge import find_unfit_fields, list_lacking
from messaging.content.render import (
    check_text,
    find_missing_form,
    list_attachable_forms,
    list_used_fields,
)
from messaging.models import (
    Content,
    LineAccount,
    MailAccount,
    MessageImage,
    MessageTemplate,
    Way,
)
from messaging.screens.content.blocks import BubbleRows, change_rows, read_rows
from messaging.screens.content.written import MAIL_FIELDS, read_content_fields
from operators.masking import is_masked

SAMPLES, MOST_TEMPLATES = 5, 200


class ContentFields(forms.Form):
    """By which way it goes; of LINE the first text and the bubbles after it (``rows``), of mail subject and texts.

    The view calls ``take_content`` before it asks whether the form is valid.
    """

    ways: tuple[Way, ...] = (Way.LINE, Way.MAIL, Way.EITHER)
    # Merge fields of the events that start the runs it belongs to.
    event_fields: Mapping[str, EventField] = {}

    way = forms.ChoiceField(label=_("送信方法"), required=False, widget=SegmentedSelect)
    text = forms.CharField(
        label=_("本文"),
        strip=False,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "data-preview": "message-preview", "data-width": "full"}
        ),
    )
    subject = forms.CharField(
        label=_("件名"),
        required=False,
        widget=forms.TextInput(attrs={"data-width": "full", "data-merge": ""}),
    )
    mail_text = forms.CharField(
        label=_("メールの本文"),
        strip=False,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 12, "data-width": "full", "data-merge": ""}
        ),
        help_text=_(
            "パソコンとスマートフォンのメールに送る文章です。HTMLがあるときは、HTMLを表示できないメールに使います。"
        ),
    )
    mobile = forms.CharField(
        label=_("携帯電話向けの本文"),
        strip=False,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 6, "data-width": "full", "data-merge": ""}
        ),
        help_text=_(
            "docomo.ne.jpやezweb.ne.jpなど、携帯電話会社のアドレスに送ります。空欄なら、上の本文を送ります。"
        ),
    )
    html = forms.CharField(
        label=_("HTML"),
        strip=False,
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 10,
                "data-width": "full",
                "data-merge": "",
                "spellcheck": "false",
            }
        ),
        help_text=_(
            "なくても送れます。スクリプトとフォームは取り除き、styleの指定は各要素に移します。携帯電話会社のアドレスには送りません。"
        ),
    )
    form_id = forms.ChoiceField(
        label=_("フォームを添える"),
        required=False,
        widget=forms.Select(attrs={"data-width": "l", "data-attached": ""}),
        help_text=_(
            "本文の{form}の位置に、フォームのリンクが入ります。{form}がないときは、本文の下に入ります。"
        ),
    )

    rows: BubbleRows

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attachables = {form.public_id: form for form in list_attachable_forms()}
        self.picture_faults: list[str] = []
        fields: dict[str, Any] = self.fields
        fields["way"].choices = [(way.value, way.label) for way in self.ways]
        self.initial.setdefault("way", choose_first_way())
        # Shown by the way that is chosen, and asked for then (check_content).
        required = dict.fromkeys(("way", "text", "subject", "mail_text"), Need.REQUIRED)
        mark_needs(self, **required)
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
            self.retain_typed(request)
        if edit == "template":
            self.use_template(request.POST.get("template", ""))
        elif edit:
            self.rows = change_rows(self.rows, edit, openable)

    def retain_typed(self, request: HttpRequest) -> None:
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
            self.initial.update(read_content_fields(found.content))
            if found.content.kind == Content.Kind.LINE:
                openable = list(self.attachables.values())
                self.rows = BubbleRows(found.content.bubbles, openable)

    @property
    def templates(self) -> list[MessageTemplate]:
        """The shop's templates, newest first, to begin with."""
        return list(
            MessageTemplate.objects.order_by("-changed_at", "-pk")[:MOST_TEMPLATES]
        )

    def check_content(self, cleaned: dict[str, Any]) -> None:
        """Check the message as a whole, by each way that it may go."""
        way = cleaned["way"] = cleaned.get("way") or Way.LINE.value
        self.check_accounts(way)
        if way != Way.MAIL:
            self.check_line(cleaned)
        if way != Way.LINE:
            self.check_mail(cleaned)
            self.check_footer(cleaned)

    def check_accounts(self, way: str) -> None:
        """Refuse a way for which the shop has no account."""
        if way != Way.LINE and not MailAccount.objects.exists():
            fault = gettext(
                "メールを送るアカウントがありません。設定の「メールアカウント」で追加してください。"
            )
            self.add_error("way", fault)
        if way != Way.MAIL and not LineAccount.objects.exists():
            fault = gettext(
                "LINEアカウントがありません。設定の「LINEアカウント」で追加するか、メールを選んでください。"
            )
            self.add_error("way", fault)

    def check_mail(self, cleaned: dict[str, Any]) -> None:
        mail = {
            part: cleaned.get(name, "").replace("\r\n", "\n").rstrip()
            for part, name in MAIL_FIELDS.items()
        }
        mail["html"] = clean_html(mail["html"])
        cleaned.update({MAIL_FIELDS[part]: text for part, text in mail.items()})
        offered = self.find_offered(cleaned)
        form_id = cleaned.get("form_id", "")
        for part, fault in find_mail_faults(mail, form_id, offered):
            self.add_error(MAIL_FIELDS[part], fault)

    def is_advertising(self, cleaned: Mapping[str, Any]) -> bool:
        """Return whether it is 広告, which must say who sends it."""
        return cleaned.get("is_ad") is True

    def check_footer(self, cleaned: Mapping[str, Any]) -> None:
        if self.is_advertising(cleaned) and not find_footer():
            fault = gettext(
                "広告のメールには、送信者の名前・住所・連絡先の表示が必要です。設定の「メールアカウント」の「送信者の表示」に入力してください。"
            )
            self.add_error("way", fault)

    def find_offered(self, cleaned: Mapping[str, Any]) -> Collection[str]:
        """Return the fields of events that the message may use."""
        return self.event_fields

    @property
    def written(self) -> Written:
        """What was written; the bubbles only where it goes by LINE."""
        values = self.cleaned_data
        names = ("way", "form_id", "subject", "mail_text", "mobile", "html")
        parts = {name: values.get(name) or "" for name in names}
        return Written(
            **parts,
            text=values.get("text", ""),
            bubbles=values.get("bubbles", []),
            counts_links=values.get("counts_links", False),
        )

    @property
    def insertable(self) -> list[tuple[str, object]]:
        """What the buttons for the fields of an event put into the text: (field, label)."""
        return [
            (build_token(name), field.label)
            for name, field in self.event_fields.items()
        ]

    @property
    def name_token(self) -> str:
        return build_token("name")

    def check_line(self, cleaned: dict[str, Any]) -> None:
        """Check the LINE message; what is wrong with the bubbles stands above the form."""
        text = cleaned["text"] = cleaned.get("text", "").replace("\r\n", "\n").strip()
        cleaned["bubbles"] = bubbles = self.rows.read()
        for fault in self.picture_faults:
            self.add_error(None, fault)
        form_id = cleaned.get("form_id", "")
        for fault in find_missing_form([], form_id, bubbles):
            self.add_error(None, fault)
        self.check_images(list_image_tokens(bubbles))
        used = list_used_fields(Content(text=text, bubbles=bubbles))
        for fault in find_unfit_fields(
            " ".join(f"{{{name}}}" for name in sorted(used)), self.find_offered(cleaned)
        ):
            self.add_error("text", fault)
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
        """The newest members, for the preview; nobody for whom personal data are masked sees them."""
        if is_masked():
            return []
        known = Member.objects.filter(deleted_at=None).exclude(name="", line_name="")
        return list(known.order_by("-created_at", "-pk")[:SAMPLES])


def build_token(name: str) -> str:
    """Return the field as a button puts it in, with what stands there where it is not known."""
    words = list_lacking().get(name, "")
    return f"{{{name}|{words}}}" if words else f"{{{name}}}"


def choose_first_way() -> str:
    """Return the way that a new message begins with: mail only where the shop has no LINE account."""
    return Way.LINE.value if LineAccount.objects.exists() else Way.MAIL.value
