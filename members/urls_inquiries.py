"""The addresses of inquiries and of the receiving of messages; included in members/urls.py."""

from django.urls import path

from members.screens.inquiries import views
from members.screens.profile import views_optout

CARE = [
    path("inquiries/", views.inquiries, name="inquiries"),
    path("inquiries/<str:public_id>/", views.inquiry, name="inquiry"),
    path("<str:public_id>/inquiries/add/", views.add, name="inquiry_add"),
    path("<str:public_id>/receiving/", views_optout.receiving, name="receiving"),
]
