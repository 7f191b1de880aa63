"""What the settings forms of connectors share: an address, secrets, and the address of a customer's page."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.secrets import check_sendable


class SecretTextField(forms.CharField):
    """A token or key: sent in headers, never shown again; blank keeps what is stored."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {
            "max_length": 2000,
            "required": False,
            "validators": [check_sendable],
            "widget": forms.PasswordInput(
                attrs={"autocomplete": "off", "data-width": "l"}
            ),
            "help_text": _("保存した値は表示しません。変えるときだけ入れてください。"),
        }
        super().__init__(**given | options)


def clean_origin(address: str) -> str:
    """Return only scheme and host: the paths of an API are the connector's.

    Raise ValidationError for an address that is not https.
    """
    url = urlsplit(address)
    if url.scheme != "https" and not settings.PRIVATE_HOSTS:
        raise ValidationError(
            gettext(
                "「https://」で始まるURLではありません。https:// で始まる管理画面のドメインを入れてください。"
            ),
            code="insecure",
        )
    host = url.hostname or ""
    named = f"[{host}]" if ":" in host else host  # an IPv6 address keeps its brackets
    return f"{url.scheme}://{named}{f':{url.port}' if url.port else ''}"


class CustomerPageForm(forms.Form):
    """Where a customer's own page in the cart is."""

    customer_url = forms.CharField(
        label=_("顧客ページのURL"),
        max_length=300,
        required=False,
        help_text=_(
            "管理画面で1人の顧客を開いたときのURLです。顧客IDの部分を {id}、顧客番号の部分を {number} にしてください。"
        ),
    )

    def clean_customer_url(self) -> str:
        """Return the address with its places; only a web address may be opened from our pages."""
        given: str = self.cleaned_data["customer_url"].strip()
        allowed = ("https://", "http://") if settings.PRIVATE_HOSTS else ("https://",)
        if given and not given.startswith(allowed):
            raise ValidationError(
                gettext(
                    "「https://」で始まるURLではありません。管理画面のURLを貼り付けてください。"
                ),
                code="insecure",
            )
        if given and "{id}" not in given and "{number}" not in given:
            raise ValidationError(
                gettext(
                    "顧客を表す {id} か {number} がありません。URLの中の顧客IDを {id} に置き換えてください。"
                ),
                code="place",
            )
        return given


class ConnectorForm(CustomerPageForm):
    """The address of a cart's admin site."""

    base_url = forms.URLField(
        label=_("接続先URL"),
        max_length=200,
        assume_scheme="https",
        help_text=_("管理画面のドメインです。例：https://shop.example.jp"),
    )

    def clean_base_url(self) -> str:
        return clean_origin(self.cleaned_data["base_url"])
