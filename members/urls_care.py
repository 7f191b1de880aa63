"""The addresses of inquiries and of the receiving of messages; included in members/urls.py."""

from django.urls import path

from members.views import inquiries, opting

CARE = [
    path("inquiries/", inquiries.inquiries, name="inquiries"),
    path("inquiries/<str:public_id>/", inquiries.inquiry, name="inquiry"),
    path("<str:public_id>/inquiries/add/", inquiries.add, name="inquiry_add"),
    path("<str:public_id>/receiving/", opting.receiving, name="receiving"),
]
