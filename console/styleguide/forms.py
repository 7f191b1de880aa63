"""The sample forms of the style guide: every kind of field, whole and with errors."""

from django import forms

from console.forms import DateInput, DateTimeInput, SegmentedSelect, Switch


class SampleForm(forms.Form):
    """Every kind of field."""

    groups = (
        ("連絡先", ("email", "phone", "birthday")),
        ("配信", ("cart", "timing", "channels", "consent")),
    )
    name = forms.CharField(
        label="メッセージ管理名",
        max_length=100,
        help_text="社内だけで使う名前です。お客様には表示されません。",
    )
    kind = forms.ChoiceField(
        label="送信方法",
        choices=[("line", "LINE"), ("mail", "メール"), ("both", "両方")],
        widget=SegmentedSelect,
    )
    active = forms.BooleanField(
        label="ステータスをオンにする", required=False, widget=Switch
    )
    email = forms.EmailField(
        label="メールアドレス", widget=forms.EmailInput({"autocomplete": "email"})
    )
    phone = forms.CharField(
        label="電話番号",
        max_length=20,
        help_text="ハイフンはあってもなくても構いません。全角の数字も使えます。",
        widget=forms.TextInput(
            {
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "tel",
                "data-width": "m",
            }
        ),
    )
    birthday = forms.DateField(label="生年月日", required=False, widget=DateInput)
    cart = forms.ChoiceField(
        label="カート",
        choices=[
            ("", "選択してください"),
            ("a", "ecforce（本店）"),
            ("b", "ecforce（楽天）"),
        ],
    )
    timing = forms.ChoiceField(
        label="送るタイミング",
        choices=[
            ("now", "すぐに送る"),
            ("days", "日数を指定する"),
            ("at", "日時を指定する"),
        ],
        widget=forms.RadioSelect,
    )
    channels = forms.MultipleChoiceField(
        label="除く会員",
        required=False,
        choices=[
            ("blocked", "ブロックした会員"),
            ("stop", "配信を停止した会員"),
            ("none", "連携していない会員"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    consent = forms.BooleanField(label="配信の対象と内容を確かめました")
    at = forms.DateTimeField(label="日時", required=False, widget=DateTimeInput)
    delay = forms.IntegerField(
        label="遅らせる時間（分）", min_value=1, max_value=10080, required=False
    )
    body = forms.CharField(
        label="本文",
        widget=forms.Textarea,
        max_length=500,
        help_text="500文字まで入力できます。",
    )
    file = forms.FileField(
        label="会員のCSV", required=False, help_text="UTF-8かShift_JIS、5MBまで。"
    )
    secret = forms.CharField(
        label="チャネルアクセストークン", required=False, widget=forms.PasswordInput
    )


class FilterForm(forms.Form):
    state = forms.ChoiceField(
        label="連携状態",
        required=False,
        choices=[("", "すべて"), ("linked", "連携済み"), ("none", "未連携")],
    )
    seen = forms.ChoiceField(
        label="最終反応",
        required=False,
        choices=[("", "すべて"), ("7", "7日以内"), ("30", "30日以内")],
    )


def make_broken_form() -> SampleForm:
    typed = {
        "name": "",
        "email": "hanako@gmial",
        "phone": "０９０−４５１２−１４２",
        "kind": "line",
        "body": "こんにちは",
    }
    form = SampleForm(typed, auto_id="id_broken_%s")
    form.is_valid()
    form.errors.clear()
    form.add_error(
        "name", "メッセージ管理名が入力されていません。100文字以内で入力してください。"
    )
    form.add_error(
        "email",
        "メールアドレスの「gmial」は存在しません。「gmail.com」の誤りではないか確かめてください。",
    )
    form.add_error(
        "phone", "電話番号が10桁です。携帯電話の番号は11桁で入力してください。"
    )
    form.add_error(
        "timing", "送るタイミングが選択されていません。いずれかを選択してください。"
    )
    form.add_error(
        "consent",
        "確認のチェックがありません。対象と内容を確かめて、チェックしてください。",
    )
    return form
