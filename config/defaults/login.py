"""Who may log in, and by what: the settings of Django and allauth that are the same on every machine."""

AUTH_USER_MODEL = "operators.Operator"
AUTHENTICATION_BACKENDS = ["operators.login.backend.OperatorBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "operators.login.passwords.VariedPasswordValidator"},
    {"NAME": "operators.login.passwords.LeakedPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "/login/", "/shops/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_id"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "operators.login.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "operators.login.forms.LoginForm",
    "reset_password": "operators.login.forms.ResetPasswordForm",
    "reset_password_from_key": "operators.login.forms.ResetPasswordKeyForm",
    "change_password": "operators.login.forms.ChangePasswordForm",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "/login/"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Beside allauth's own limits: codes that are typed or opened, and mails that prove an address.
ACCOUNT_RATE_LIMITS = {"join": "20/10m/ip", "email_proof": "5/h/user"}
MFA_ADAPTER = "operators.login.factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey stands for the password as well, so the device always asks who holds it, by PIN, finger or face.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Tsunagi"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "operators.login.forms.AuthenticateForm",
    "authenticate_webauthn": "operators.login.forms.AuthenticatePasskeyForm",
    "login_webauthn": "operators.login.forms.LoginPasskeyForm",
    "activate_totp": "operators.login.forms.ActivateTOTPForm",
    "add_webauthn": "operators.login.forms.AddPasskeyForm",
    "edit_webauthn": "operators.login.forms.EditPasskeyForm",
}
# Seconds that the link in a reset mail lives; the page and the mail say it in hours.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
# A message may name a customer, so messages are stored in the session, not in a cookie of the browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
