"""The platform's own side, under /platform/."""

from django.urls import path

from administration.platform import views

app_name = "platform"
urlpatterns = [
    path("", views.list_shops, name="shops"),
    path("applications/", views.list_applications, name="applications"),
    path("applications/<int:pk>/decide/", views.decide, name="decide"),
    path("plans/", views.list_plans, name="plans"),
    path("plans/<slug:code>/", views.edit_plan, name="plan"),
    path("shops/<slug:slug>/", views.show_shop, name="shop"),
    path("shops/<slug:slug>/plan/", views.change_plan, name="shop_plan"),
    path("shops/<slug:slug>/enter/", views.enter, name="enter"),
    path("shops/<slug:slug>/leave/", views.leave, name="leave"),
]
