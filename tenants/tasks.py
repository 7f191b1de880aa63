"""Celery finds the tick here."""

from tenants.waking import tick

__all__ = ["tick"]
