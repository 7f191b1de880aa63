"""Work for operators that belongs to no shop. A lost message costs a second click, so no row stands behind it."""

from smtplib import SMTPException

from celery import shared_task

from operators.password_reset import send_reset_mail


@shared_task(
    name="operators.reset_mail",
    autoretry_for=(OSError, SMTPException),
    retry_backoff=5,
    max_retries=3,
)
def send_reset_link(email: str) -> None:
    send_reset_mail(email)
