"""The editor of a form: its settings, and its questions in order."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateTimeInput, Need, Switch, mark_needs
from forms_builder.models import Form
from members.models import Tag
from members.tags.names import clean_tag_name, get_or_create_tag
from messaging.models import LineAccount


def build_text_field(label: Any, longest: int, **options: Any) -> forms.CharField:
    messages = {
        "required": gettext_lazy("入力されていません。入力してください。"),
        "max_length": gettext_lazy(
            "%(limit_value)d文字を超えています（%(show_value)d文字）。%(limit_value)d文字以内にしてください。"
        ),
    }
    return forms.CharField(
        label=label, max_length=longest, error_messages=messages, **options
    )


def clean_https_url(text: str) -> str:
    """Return the address of a page. Raise ValidationError unless it is https and names a host."""
    url = text.strip()
    if not url:
        return ""
    try:
        URLValidator(schemes=["https"])(url)
    except ValidationError:
        raise ValidationError(
            _("URLとして読み取れません。https:// で始まるURLを入力してください。")
        ) from None
    return url


# What the form's row keeps as it was typed.
COLUMNS = (
    "name",
    "kind",
    "shows",
    "external_url",
    "title",
    "intro",
    "thanks",
    "opens_at",
    "closes_at",
    "once_per_person",
    "allows_browser",
    "notifies",
    "notice_ways",
)


def find_tag(public_id: str) -> Tag | None:
    return Tag.objects.filter(public_id=public_id).first() if public_id else None


class TagChoice(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple(attrs={"class": "across tag-choices"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.error_messages["invalid_choice"] = gettext_lazy(
            "選んだタグが見つかりません。削除された可能性があります。選び直してください。"
        )


class SettingsForm(forms.Form):
    """What stands beside the questions. Tags are chosen by public id, or made on the spot by name."""

    name = build_text_field(
        gettext_lazy("LIFF管理名"),
        100,
        help_text=gettext_lazy("社内での呼び名です。お客様には表示されません。"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("フォームの種類"),
        choices=Form.Kind.choices,
        initial=Form.Kind.IDENTITY,
        help_text=gettext_lazy(
            "「本人確認」の回答はカートとの照合に使われます。電話番号かメールアドレスの項目が必要です。"
        ),
    )
    account = forms.ChoiceField(label=gettext_lazy("LINEアカウント"))
    shows = forms.ChoiceField(
        label=gettext_lazy("表示する内容"),
        choices=Form.Shows.choices,
        initial=Form.Shows.FORM,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "across"}),
        help_text=gettext_lazy(
            "外部URLを選ぶと、呼び出しURLを開いた人をそのページへ案内し、開かれた回数を数えます。"
        ),
    )
    external_url = build_text_field(
        gettext_lazy("外部URL"),
        500,
        required=False,
        help_text=gettext_lazy(
            "「外部URL」を選んだときに開くページです。https:// で始まるURLを入力してください。"
        ),
    )
    title = build_text_field(
        gettext_lazy("タイトル"),
        100,
        help_text=gettext_lazy("お客様の画面のいちばん上に表示されます。"),
    )
    intro = build_text_field(
        gettext_lazy("説明文"),
        1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    thanks = build_text_field(
        gettext_lazy("完了メッセージ"),
        1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "送信後の画面に表示されます。空欄なら「ご回答ありがとうございました。」と表示します。"
        ),
    )
    opens_at = forms.DateTimeField(
        label=gettext_lazy("受付の開始"), required=False, widget=DateTimeInput
    )
    closes_at = forms.DateTimeField(
        label=gettext_lazy("受付の終了"),
        required=False,
        widget=DateTimeInput,
        help_text=gettext_lazy("空欄なら、受付を停止するまで受け付けます。"),
    )
    once_per_person = forms.BooleanField(
        label=gettext_lazy("1人1回まで受け付ける"), required=False, widget=Switch
    )
    allows_browser = forms.BooleanField(
        label=gettext_lazy("LINEを使わない回答も受け付ける"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "LINE以外のブラウザで開いた人も回答できます。届いた回答は「会員未確認」に並び、どの会員のものか確かめてから反映します。"
        ),
    )
    notifies = forms.BooleanField(
        label=gettext_lazy("申込み通知"),
        required=False,
        initial=True,
        widget=Switch,
        help_text=gettext_lazy(
            "回答が届くと、オペレーターに知らせます。表示する内容が外部URLのときは、回答が届かないため通知しません。"
        ),
    )
    notice_ways = forms.MultipleChoiceField(
        label=gettext_lazy("通知の方法"),
        required=False,
        choices=(("line", "LINE"), ("mail", gettext_lazy("メール"))),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "across"}),
    )
    add_tags = TagChoice(label=gettext_lazy("回答時に付けるタグ"))
    new_add_tag = build_text_field(
        gettext_lazy("新しく作って付けるタグ"), 100, required=False
    )
    remove_tags = TagChoice(label=gettext_lazy("回答時に外すタグ"))
    linked_tag = forms.ChoiceField(
        label=gettext_lazy("即時判定で連携成功のときに付けるタグ"),
        required=False,
        help_text=gettext_lazy(
            "回答の直後にカートへ確認し、連携できた会員に付けます。連携失敗のタグが付いていれば外します。"
        ),
    )
    not_found_tag = forms.ChoiceField(
        label=gettext_lazy("即時判定で連携失敗のときに付けるタグ"),
        required=False,
        help_text=gettext_lazy(
            "カートに同じ電話番号・メールアドレスのお客様が見つからなかった会員に付けます。カートが応答しないときは付けません。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = list(Tag.objects.order_by("name", "pk").values_list("public_id", "name"))
        accounts = list(
            LineAccount.objects.order_by("name", "pk").values_list("public_id", "name")
        )
        self.choice("account").choices = accounts
        # The address is shown and asked for when 表示する内容 says so.
        mark_needs(self, shows=Need.REQUIRED, external_url=Need.REQUIRED)
        self.choice("add_tags").choices = self.choice("remove_tags").choices = tags
        for name in ("linked_tag", "not_found_tag"):
            self.choice(name).choices = [("", _("付けない")), *tags]
        for name in ("add_tags", "remove_tags"):
            if not tags:
                self.fields[name].help_text = _("タグはまだありません。")

    def choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean_new_add_tag(self) -> str:
        name = self.cleaned_data["new_add_tag"]
        return clean_tag_name(name) if name else ""

    def clean_shows(self) -> str:
        return str(self.cleaned_data["shows"] or Form.Shows.FORM)

    def clean_external_url(self) -> str:
        return clean_https_url(self.cleaned_data["external_url"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_external(cleaned)
        self.check_period(cleaned)
        self.check_tags(cleaned)
        return cleaned

    def check_external(self, cleaned: dict[str, Any]) -> None:
        """Ask for the address of a page elsewhere, from which no answers come that could be told of."""
        if cleaned.get("shows") != Form.Shows.URL:
            return
        if not cleaned.get("external_url") and "external_url" not in self.errors:
            self.add_error(
                "external_url",
                _("外部URLが入力されていません。開くページのURLを入力してください。"),
            )
        cleaned["notifies"] = False

    def check_period(self, cleaned: dict[str, Any]) -> None:
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error(
                "closes_at",
                _("受付の終了が開始より前になっています。開始より後にしてください。"),
            )
        if cleaned.get("once_per_person") and cleaned.get("kind") == "identity":
            self.add_error(
                "once_per_person",
                _(
                    "本人確認のフォームは、番号を直せるように何度でも回答できます。オフにしてください。"
                ),
            )

    def check_tags(self, cleaned: dict[str, Any]) -> None:
        both = set(cleaned.get("add_tags", [])) & set(cleaned.get("remove_tags", []))
        if both:
            names = "、".join(
                Tag.objects.filter(public_id__in=both).values_list("name", flat=True)
            )
            raise ValidationError(
                _(
                    "同じタグ（%(names)s）を「付ける」と「外す」の両方に選んでいます。どちらかを外してください。"
                )
                % {"names": names}
            )
        verdicts = (cleaned.get("linked_tag"), cleaned.get("not_found_tag"))
        if verdicts[0] and verdicts[0] == verdicts[1]:
            self.add_error(
                "not_found_tag",
                _("連携成功と同じタグです。別のタグを選んでください。"),
            )

    def chosen(self) -> dict[str, Any]:
        """Return the keyword arguments with which a form is created or changed; a new tag is made now."""
        data = self.cleaned_data
        add = list(Tag.objects.filter(public_id__in=data["add_tags"]))
        if data["new_add_tag"]:
            add.append(get_or_create_tag(data["new_add_tag"]))
        return {
            "account": LineAccount.objects.get(public_id=data["account"]),
            "add": list(dict.fromkeys(add)),
            "remove": list(Tag.objects.filter(public_id__in=data["remove_tags"])),
            "linked_tag": find_tag(data["linked_tag"]),
            "not_found_tag": find_tag(data["not_found_tag"]),
            **{name: data[name] for name in COLUMNS},
        }
