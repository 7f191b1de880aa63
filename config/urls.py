"""Pages that belong to no shop: login, the choice of shop, preferences, the style guide, health."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_control

from administration import join
from administration import views as administration
from administration.shops import views as shops
from config.watch import health

# Pages on which a password is typed, or whose address is one, stay in no cache.
keep_nowhere = cache_control(no_store=True)
urlpatterns = [
    path("", administration.home, name="home"),
    path("healthz", administration.healthz, name="healthz"),
    path("livez", health.show_liveness, name="livez"),
    path("readyz", health.show_readiness, name="readyz"),
    path("favicon.ico", administration.favicon, name="favicon"),
    path("login/", keep_nowhere(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path(
        "password/reset/done/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    # The key has hyphens too; the operator's number has none.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        keep_nowhere(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/change/",
        keep_nowhere(account.password_change),
        name="account_change_password",
    ),
    path("join/", keep_nowhere(join.enter_code), name="join"),
    path("join/accept/", keep_nowhere(join.accept_code), name="join_accept"),
    path(
        "join/<slug:slug>/<str:code>/",
        keep_nowhere(join.open_link),
        name="join_link",
    ),
    path("shops/", shops.list_shops, name="shops"),
    path("shops/new/", shops.add_shop, name="shop_new"),
    path("", include("administration.account.urls")),
    path("platform/", include("administration.platform.urls")),
    path("", include("console.urls")),
]
