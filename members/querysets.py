"""Reads of members and tags."""

from typing import TypeVar

from django.db import models

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=models.Model)


class MemberQuerySet(TenantQuerySet[M]):
    pass


class TagQuerySet(TenantQuerySet[M]):
    pass
