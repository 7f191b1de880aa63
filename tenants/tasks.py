"""Celery finds the tick here."""

from tenants.wakeups import tick

__all__ = ["tick"]
