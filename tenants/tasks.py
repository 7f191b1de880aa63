"""Celery finds the tick here."""

from tenants.wakeups import queue_due_tasks

__all__ = ["queue_due_tasks"]
