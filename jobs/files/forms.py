"""What is asked of whoever takes a file with customers' data: in which form, why, and who they are."""

from typing import Any

from allauth.account.internal.flows import reauthentication
from allauth.core import ratelimit
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import SegmentedSelect
from jobs.files.guard import LONGEST_REASON, clean_reason
from jobs.files.passwords import DEFAULT_LENGTH, LENGTHS, clean_password

FORMATS = (
    ("csv", gettext_lazy("CSV（UTF-8）")),
    ("cp932", gettext_lazy("CSV（Shift_JIS）")),
    ("xlsx", gettext_lazy("Excel")),
)


class FileForm(forms.Form):
    """The base of every form that asks for such a file. ``length``: the fewest characters of the file's password."""

    format = forms.ChoiceField(
        label=gettext_lazy("形式"),
        choices=FORMATS,
        initial="csv",
        widget=SegmentedSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            gettext_lazy(
                "ファイルの形式が選ばれていません。どれか1つを選んでください。"
            ),
        ),
        help_text=gettext_lazy(
            "Shift_JISにない文字（𠮷、絵文字など）は「〓」に置き換え、人数と文字をお知らせします。"
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=LONGEST_REASON,
        error_messages={
            "required": gettext_lazy(
                "理由が入力されていません。何のために書き出すかを、10文字以上で入力してください。"
            ),
            "max_length": gettext_lazy(
                "理由が長すぎます（いま%(show_value)s文字）。%(limit_value)s文字以内で入力してください。"
            ),
        },
        widget=forms.TextInput(attrs={"data-width": "full", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "10文字以上。監査ログに残ります。例：12月のDM発送のため、発送代行会社へ渡す名簿を作成"
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("ファイルのパスワード"),
        strip=False,
        widget=forms.PasswordInput(
            attrs={"data-width": "l", "autocomplete": "new-password"}
        ),
        error_messages={
            "required": gettext_lazy(
                "ファイルのパスワードが入力されていません。ファイルを開くときに使う文字を決めて、入力してください。"
            )
        },
    )
    own_password = forms.CharField(
        label=gettext_lazy("あなたのログインパスワード"),
        strip=False,
        widget=forms.PasswordInput(
            attrs={"data-width": "l", "autocomplete": "current-password"}
        ),
        error_messages={
            "required": gettext_lazy(
                "ログインパスワードが入力されていません。ログインするときのパスワードを入力してください。"
            )
        },
        help_text=gettext_lazy(
            "本人であることの確認です。一度確認すると、10分間は聞きません。"
        ),
    )

    def __init__(
        self,
        *args: Any,
        request: HttpRequest,
        length: int = DEFAULT_LENGTH,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.length = request, length
        self.fields["password"].help_text = _(
            "半角の英字・数字・記号を混ぜて%(length)s文字以上。保存されないので、忘れるとファイルを開けません。"
        ) % {"length": length}
        if reauthentication.did_recently_reauthenticate(request):
            self.drop_own_password()

    def drop_own_password(self) -> None:
        """Drop the question for the login password: the operator has shown who they are."""
        self.fields.pop("own_password", None)

    def confirm_operator(self) -> None:
        """Remember that the login password was right, so that it is not asked for again. Call when cleaned."""
        if self.is_bound and "own_password" in self.cleaned_data:
            reauthentication.reauthenticate_by_password(self.request)
            self.drop_own_password()

    def clean_reason(self) -> str:
        return clean_reason(str(self.cleaned_data["reason"]))

    def clean_password(self) -> str:
        return clean_password(self.cleaned_data["password"], self.length)

    def clean_own_password(self) -> str:
        given = str(self.cleaned_data["own_password"])
        if not ratelimit.consume(
            self.request, action="reauthenticate", user=self.request.user
        ):
            raise ValidationError(
                _(
                    "確認の回数が多すぎます。1分ほど待ってから、もう一度入力してください。"
                )
            )
        if not self.request.user.check_password(given):
            raise ValidationError(
                _(
                    "ログインパスワードが違います。ログインするときのパスワードを入力してください。"
                )
            )
        return given


class LengthForm(forms.Form):
    length = forms.TypedChoiceField(
        label=gettext_lazy("ファイルのパスワードの最低文字数"),
        coerce=int,
        choices=[(length, str(length)) for length in LENGTHS],
        help_text=gettext_lazy(
            "短いほど、ファイルが人手に渡ったときに破られやすくなります。変更は監査ログに残ります。"
        ),
    )
