"""All settings, read from the environment (docs/operations.md lists every variable).

Without ``DATABASE_URL`` this is a developer's machine and the embedded engines are used; with it, production,
unless ``TSUNAGI_ENV`` says otherwise. Long, so that what a deployment can set stands in one place.
"""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.defaults.background import build_celery_settings
from config.defaults.content_policy import CONTENT_SECURITY_POLICY  # noqa: F401  (for django-csp)
from config.defaults.login import *  # noqa: F403  (Django finds settings by their names in this module)
from config.defaults.logs import build_log_settings
from config.engines.embedded import APP, OWNER, Engines

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.read_text("TSUNAGI_VAR", str(BASE_DIR / "var"))).resolve()
ENVIRONMENT = env.read_text(
    "TSUNAGI_ENV", "production" if os.environ.get("DATABASE_URL") else "development"
)
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.read_flag("DEBUG")

DEVELOPMENT_KEY = "development-only-key-never-used-in-production"
SECRET_KEY = env.read_text("SECRET_KEY", "" if PRODUCTION else DEVELOPMENT_KEY)
# Fernet keys for stored secrets, newest first; the first encrypts, all decrypt.
FIELD_KEYS = env.read_list(
    "FIELD_KEYS", "" if PRODUCTION else "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMzJieXQ="
)
if PRODUCTION and (
    DEBUG or SECRET_KEY in ("", DEVELOPMENT_KEY) or len(SECRET_KEY) < 40
):
    raise ImproperlyConfigured(
        "Production needs SECRET_KEY (40 characters or more, not the development one) and no DEBUG. "
        "For a development machine with its own DATABASE_URL set TSUNAGI_ENV=development."
    )
if PRODUCTION and (
    not FIELD_KEYS or any(key.startswith("ZGV2ZWxvcG1lbnQ") for key in FIELD_KEYS)
):
    raise ImproperlyConfigured(
        "Production needs FIELD_KEYS: one or more Fernet keys, newest first."
    )
for place, key in enumerate(FIELD_KEYS, 1):
    try:
        Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"FIELD_KEYS: number {place} is no Fernet key (32 bytes in URL-safe base64)."
        ) from error

# ---------------------------------------------------------------- engines
ENGINES = Engines(VAR)
# Migrations own the tables and bypass the policies; everything else serves as a role that cannot.
DATABASE_ROLE = env.read_text("DATABASE_ROLE", "app")


def parse_database_url(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "tenants.pg",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASE_URL = env.read_text("DATABASE_URL") or ENGINES.database_url(APP)
DATABASE_OWNER_URL = env.read_text("DATABASE_OWNER_URL") or (
    "" if env.read_text("DATABASE_URL") else ENGINES.database_url(OWNER)
)
ROLE_URL = DATABASE_OWNER_URL if DATABASE_ROLE == "owner" else DATABASE_URL
DATABASES = {"default": parse_database_url(ROLE_URL)}
# A standby of this database for exports, counts and figures (tenants/pg/replica.py); "": all is read here.
if REPLICA_URL := env.read_text("REPLICA_URL"):
    DATABASES["replica"] = parse_database_url(REPLICA_URL)
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
APP_ROLE = urlsplit(DATABASE_URL).username or APP
# The number of this database among those the shops are spread over; its ids come from a range of their own.
CELL = env.read_number("CELL", 0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.read_text("REDIS_URL") or ENGINES.redis_url
CACHES = {
    "default": {
        "BACKEND": "outbound.valkey.GuardedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tsunagi",
    }
}

# ---------------------------------------------------------------- apps
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "tenants",
    "operators",
    "console",
    "jobs",
    "members",
    "messaging",
    "forms_builder",
    "cartsync",
    "rpa",
    "helpdesk",
    "administration",
    "notifications",
]
MIDDLEWARE = [
    "config.watch.access.AccessMiddleware",
    "tenants.middleware.RealmMiddleware",
    "operators.middleware.CountingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "jobs.request_size.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "operators.login.sessions.SessionLimitsMiddleware",
    "operators.middleware.LocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.TenantMiddleware",
    "operators.middleware.SeatMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.build_shell_context",
            ],
        },
    }
]
FORM_RENDERER = "console.forms.KitRenderer"
CSRF_FAILURE_VIEW = "console.views.csrf_failure"

# ---------------------------------------------------------------- who may log in (besides config/defaults/login.py)
# Operators who showed this recently who they are are not asked again, for example before an export.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * env.read_number("CONFIRM_MINUTES", 10)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# A session ends when nothing was done for so long, and in any case so long after the login.
SESSION_IDLE_SECONDS = 60 * env.read_number("SESSION_IDLE_MINUTES", 30)
SESSION_LONGEST_SECONDS = 60 * 60 * env.read_number("SESSION_HOURS", 12)
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
# Login limits are counted by the address that our own proxy saw; without this all operators share the proxy's.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.read_flag("BEHIND_PROXY") else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:  # a browser takes these from this very host alone, and over TLS; cells behind one door share a host
    SESSION_COOKIE_NAME = f"__Host-sessionid{CELL or ''}"
    CSRF_COOKIE_NAME = f"__Host-csrftoken{CELL or ''}"
LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# ---------------------------------------------------------------- the outside
SITE_URL = env.read_text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.read_list("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "") + (
    [] if PRODUCTION else ["127.0.0.1", "localhost", "testserver"]
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.read_flag("BEHIND_PROXY") else None
)
SECURE_SSL_REDIRECT = PRODUCTION and env.read_flag("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|livez|readyz)$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Where operators turn with a question: a mail address or an address of the web; without it nothing is shown.
SUPPORT_CONTACT = env.read_text(
    "SUPPORT_CONTACT", "" if PRODUCTION else "support@example.jp"
)
LINE_API_URL = env.read_text("LINE_API_URL", "https://api.line.me").rstrip("/")
LIFF_URL = env.read_text("LIFF_URL", "https://liff.line.me").rstrip("/")
LIFF_SDK_URL = env.read_text(
    "LIFF_SDK_URL", "https://static.line-scdn.net/liff/edge/2/sdk.js"
)
# The folder that shops' carts of files are read from: <shop>/<cart>/ in it; blank: none is watched.
CART_FILES_FOLDER = env.read_text("CART_FILES_FOLDER")
# Carts and help desks live on public hosts; only a development machine may point one at itself.
PRIVATE_HOSTS = env.read_flag("PRIVATE_HOSTS", not PRODUCTION)
# The browser of the RPA robot, where its name is none of those that are looked for, and further flags for it.
CHROMIUM = env.read_text("CHROMIUM")
CHROMIUM_FLAGS = env.read_text("CHROMIUM_FLAGS").split()
# Whole seconds between two calls to one cart, over all workers; 0: no limit.
CART_REQUEST_SECONDS = env.read_number("CART_REQUEST_SECONDS", 1 if PRODUCTION else 0)
# Answers to one shop's forms per second; more of them wait their turn.
ANSWERS_PER_SECOND = env.read_number("ANSWERS_PER_SECOND", 40)
# Pushes per second and account; LINE allows 2,000.
LINE_PUSH_PER_SECOND = env.read_number("LINE_PUSH_PER_SECOND", 2000)
# Multicasts per second and account, each to up to 500 people; LINE allows 200.
LINE_MULTICAST_PER_SECOND = env.read_number("LINE_MULTICAST_PER_SECOND", 200)
# Mail servers of the shops are public hosts; only a development machine may point one at itself, on any port.
MAIL_PRIVATE_HOSTS = env.read_flag("MAIL_PRIVATE_HOSTS", not PRODUCTION)
# Where the records of the shops' sending domains are asked for, "host:port"; "" is the machine's own resolver.
DNS_SERVER = env.read_text("DNS_SERVER")
# The domain of our own addresses that shops forward order mails to; "" where no receiver runs (config/receiver.py).
MAIL_IN_DOMAIN = env.read_text("MAIL_IN_DOMAIN", "" if PRODUCTION else "in.example.jp")
# An ordered file of the SHA-1 of leaked passwords, or "" (operators/login/passwords.py).
LEAKED_LIST = env.read_text("LEAKED_LIST")
SUPPORT_EMAIL = env.read_text("SUPPORT_EMAIL", "support@example.jp")

EMAIL_HOST = env.read_text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.read_number("EMAIL_PORT", 1025)
EMAIL_HOST_USER = env.read_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.read_text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.read_flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.read_text(
    "DEFAULT_FROM_EMAIL", "no-reply@example.jp"
)
EMAIL_BACKEND = env.read_text(
    "EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if PRODUCTION else 'filebased'}.EmailBackend",
)
EMAIL_FILE_PATH = VAR / "mail"

# ---------------------------------------------------------------- words, times, files
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ, TIME_ZONE = True, "Asia/Tokyo"
STATIC_URL, STATIC_ROOT = (
    "/static/",
    Path(env.read_text("STATIC_ROOT", str(VAR / "static"))),
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "jobs.files.sealed.SealedStorage",
        "OPTIONS": {
            "location": VAR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "console.static_storage.HashedStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "jobs.uploads.RequestSizeHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "jobs.uploads.DiskUploadHandler",
]

# ---------------------------------------------------------------- background work
# How many workers listen to a queue, over all machines: one shop may hold half of them.
QUEUE_WORKERS = {
    "celery": env.read_number("WORKERS", 4),
    "dispatch": env.read_number("SENDERS", 2),
    "jobs": env.read_number("JOB_WORKERS", 2),
    "browser": env.read_number("BROWSER_WORKERS", 1),
}
# PostgreSQL holds every promise; the broker only wakes somebody up, so nothing here stores results or waits.
CELERY = build_celery_settings(
    REDIS_URL, VAR, env.read_number("WAKEUP_TICK_SECONDS", 2)
)

LOGGING = build_log_settings(
    env.read_text("LOG_LEVEL", "INFO"),
    env.read_text("LOG_FORMAT", "json" if PRODUCTION else "line"),
)
