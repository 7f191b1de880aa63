"""Reads of requests."""

from typing import TypeVar

from django.db import models

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=models.Model)


class RequestQuerySet(TenantQuerySet[M]):
    def waiting_for_person(self) -> "RequestQuerySet[M]":
        return self.filter(state="person")
