"""The settings of a mailbox that brings order mails."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Switch
from messaging.models import Mailbox

PORTS = {
    (Mailbox.Kind.IMAP, Mailbox.Security.TLS): 993,
    (Mailbox.Kind.IMAP, Mailbox.Security.STARTTLS): 143,
    (Mailbox.Kind.POP3, Mailbox.Security.TLS): 995,
}


class MailboxForm(forms.ModelForm):
    """A mailbox. The password goes in and never comes out: an empty field leaves what is stored."""

    class Meta:
        model = Mailbox
        fields = (
            "name", "kind", "host", "security", "port", "username", "password", "folder", "senders", "is_active",
        )  # fmt: skip
        widgets = {
            "kind": forms.RadioSelect,
            "security": forms.RadioSelect,
            "password": forms.PasswordInput(
                attrs={"autocomplete": "off", "data-width": "l"}
            ),
            "senders": forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
            "is_active": Switch,
        }
        help_texts = {
            "kind": _(
                "IMAPとPOP3は、お店のメールボックスを読みに行きます。"
                "転送用アドレスは、保存すると専用のアドレスができ、そこへ転送されたメールを受け取ります。"
            ),
            "host": _("例：imap.example.jp"),
            "folder": _(
                "IMAPのときだけ使います。注文メールを振り分けているフォルダーがあれば、その名前を入力してください。"
            ),
            "senders": _(
                "注文メールの送信元のアドレスかドメインを、1行に1つ入力してください。"
                "ここにない送信元のメールは「未確認」として残し、何も始めません。例：order@rakuten.co.jp"
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = bool(self.instance.pk)
        kind: Any = self.fields["kind"]
        kind.choices = [
            choice
            for choice in Mailbox.Kind.choices
            if settings.MAIL_IN_DOMAIN or choice[0] != Mailbox.Kind.OWN
        ]
        if not settings.MAIL_IN_DOMAIN:
            kind.help_text = ""
        if stored:  # another kind is another mailbox, with another address
            is_own = self.instance.kind == Mailbox.Kind.OWN
            kind.choices = [
                choice
                for choice in kind.choices
                if (choice[0] == Mailbox.Kind.OWN) == is_own
            ]
        self.fields["host"].required = self.fields["username"].required = False
        self.fields["port"].required = False
        self.fields["port"].help_text = gettext(
            "空欄のときは、993（IMAP）・995（POP3）・143（STARTTLS）を使います。"
        )
        self.fields["folder"].required = False
        self.fields["password"].required = False
        self.initial["password"] = ""
        if stored:
            self.fields["password"].help_text = gettext(
                "保存済みです。変えるときだけ入力してください。"
            )
        if not settings.MAIL_PRIVATE_HOSTS:
            field: Any = self.fields["security"]
            field.choices = [
                choice for choice in field.choices if choice[0] != Mailbox.Security.NONE
            ]
        if stored and self.instance.kind == Mailbox.Kind.OWN:
            for name in ("host", "security", "port", "username", "password", "folder"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind, security = given.get("kind"), given.get("security")
        if kind == Mailbox.Kind.OWN or "host" not in self.fields:
            return given | {"host": "", "port": 0, "username": "", "password": ""}
        if kind == Mailbox.Kind.POP3 and security == Mailbox.Security.STARTTLS:
            self.add_error(
                "security", gettext("POP3ではSSL/TLS（995番）を選んでください。")
            )
        if not given.get("port") and kind and security:
            given["port"] = PORTS.get((kind, security), 993)
        for name in ("host", "username"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, gettext("入力してください。"))
        if not given.get("password") and not self.instance.pk:
            self.add_error("password", gettext("入力してください。"))
        given["folder"] = given.get("folder") or "INBOX"
        if not given.get("password") and self.instance.pk:
            given["password"] = Mailbox.objects.get(pk=self.instance.pk).password
        return given
