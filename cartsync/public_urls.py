from django.urls import path

from cartsync.screens.carts import views_hints as hints

app_name = "cartsync_public"
urlpatterns = [path("<slug:cart>/", hints.cart_webhook, name="webhook")]
