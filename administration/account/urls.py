"""アカウント, and the steps of the login after the password. allauth's pages keep the names by which it finds them."""

from typing import Any

from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path
from django.views.decorators.cache import cache_control

from administration.account import views

keep_nowhere = cache_control(no_store=True)


def guard_page(view: Any) -> Any:
    return keep_nowhere(views.ask_on_the_way(view))


urlpatterns = [
    path("login/code/", keep_nowhere(views.authenticate), name="mfa_authenticate"),
    path(
        "login/passkey/",
        keep_nowhere(passkeys.login_webauthn),
        name="mfa_login_webauthn",
    ),
    path("account/", keep_nowhere(views.show_account), name="account"),
    path("account/", keep_nowhere(views.show_account), name="mfa_index"),
    path("account/", keep_nowhere(views.show_account), name="mfa_list_webauthn"),
    path("account/login/", keep_nowhere(views.edit_own_login), name="account_login_id"),
    path(
        "account/email/", keep_nowhere(views.edit_own_email), name="account_email_own"
    ),
    path(
        "account/email/<str:token>/",
        keep_nowhere(views.prove_email),
        name="account_email_proof",
    ),
    path("account/sessions/end/", views.end_sessions, name="account_sessions_end"),
    path(
        "account/confirm/", keep_nowhere(views.confirm_identity), name="account_confirm"
    ),
    path(
        "account/confirm/",
        keep_nowhere(views.confirm_identity),
        name="account_reauthenticate",
    ),
    path(
        "account/confirm/",
        keep_nowhere(views.confirm_identity),
        name="mfa_reauthenticate",
    ),
    path(
        "account/confirm/",
        keep_nowhere(views.confirm_identity),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/totp/on/", guard_page(totp.activate_totp), name="mfa_activate_totp"),
    path(
        "account/totp/off/",
        guard_page(totp.deactivate_totp),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/codes/",
        guard_page(codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/codes/new/",
        guard_page(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/passkeys/new/",
        guard_page(passkeys.add_webauthn),
        name="mfa_add_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/",
        guard_page(passkeys.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/remove/",
        guard_page(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
]
