"""The Celery app with shorter leases, so that twenty kills fit into minutes. Everything else is the product's."""

from celery.signals import worker_init

from config.celery import app

__all__ = ["app"]


@worker_init.connect
def shorten_leases(**kwargs: object) -> None:
    from messaging.channels import base
    from messaging.channels.mail import channel as mail
    from messaging.deliveries import ledger
    from tenants import wakeups

    base.LONGEST_PAUSE = mail.LONGEST_WAIT = 8
    mail.MailChannel.call_seconds = 10
    ledger.LEASE_SECONDS, wakeups.LEASE_SECONDS, wakeups.QUEUE_SECONDS = 25, 3, 6
