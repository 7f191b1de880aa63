"""Answers to forms: a row for each form sent, and one for each piece of an answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from forms_builder.models.form import Form, FormVersion
from forms_builder.querysets import AnswerQuerySet, SubmissionQuerySet
from members.models import IdentityRecord, Member
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class Submission(TenantModel):
    """One form filled in and sent. The one-time ticket makes sending it twice the same as once.

    Nobody's (``member`` is empty) is one from a browser without LINE: it waits for an operator, who attaches or
    dismisses it. ``version``: what was asked. ``public_id`` names the thank-you page, which only who
    sent the answer has seen.
    """

    class MailState(models.TextChoices):
        BOOKED = "booked", _("送信を予約")
        NO_ACCOUNT = "no_account", _("メールアカウントが登録されていません")
        NO_ADDRESS = "no_address", _("メールアドレスの回答がありません")
        TOO_MANY = "too_many", _("同じ宛先への送信が多いため見送りました")

    class Way(models.TextChoices):
        LINE = "line", "LINE"
        BROWSER = "browser", _("ブラウザ")
        LINK = "link", _("メールの個人リンク")

    public_id = PublicIdField()
    form = models.ForeignKey(
        Form, on_delete=models.PROTECT, related_name="submissions", db_index=False
    )
    member = models.ForeignKey(
        Member,
        null=True,
        on_delete=models.CASCADE,
        related_name="submissions",
        db_index=False,
    )
    record = models.ForeignKey(
        IdentityRecord,
        null=True,
        on_delete=models.SET_NULL,
        related_name="submissions",
        db_index=False,
    )
    version = models.ForeignKey(
        FormVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ticket = models.CharField(max_length=64)  # SHA-256 of the ticket, never the ticket
    way = models.CharField(
        _("回答の経路"),
        max_length=7,
        choices=Way.choices,
        default=Way.LINE,
        db_default=Way.LINE,
    )
    is_test = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    # What came of the mail to who answered; "" where the form sends none.
    mail_state = models.CharField(
        max_length=12, choices=MailState.choices, blank=True, db_default=""
    )
    # Who may have answered, of an answer by a personal link that was opened under another LINE login: public ids,
    # {"link": to whom the mail went, "line": who LINE says it was, "" for somebody unknown}.
    hints = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )
    attached_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(SubmissionQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "ticket"], name="submission_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="submission_public_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "form", "received_at"],
                name="submission_pending",
                condition=models.Q(member=None, dismissed_at=None),
            ),
            models.Index(
                fields=["tenant", "member", "-received_at", "-id"],
                name="submission_member",
            ),
            models.Index(
                fields=["tenant", "form", "-received_at", "-id"], name="submission_form"
            ),
            models.Index(fields=["tenant", "record"], name="submission_record"),
        ]


class Answer(TenantModel):
    """One piece of the answer to one question: the answer itself, one of several choices, a reading.

    ``question``: the id of the question in the version of its submission; the question itself may be gone since.
    ``text``: as it is shown; ``key``: what is compared, the id of a choice or the text folded. ``kept``: nothing was
    typed because the value known before is right; the other columns are then empty. ``is_signed``: it came by a link
    that the shop had signed.
    """

    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="answers"
    )
    question = models.CharField(max_length=12)
    part = models.CharField(max_length=12, blank=True)
    text = models.TextField(blank=True)
    key = models.CharField(max_length=100, blank=True)
    number = models.FloatField(null=True)
    date = models.DateField(null=True)
    kept = models.BooleanField(default=False)
    is_signed = models.BooleanField(default=False, db_default=False)

    objects = TenantManager.from_queryset(AnswerQuerySet)()  # type: ignore[misc]

    class Meta:
        # Each begins with the question: a condition asks about one.
        indexes = [
            models.Index(
                fields=["tenant", "question", "key", "submission"], name="answer_key"
            ),
            models.Index(
                fields=["tenant", "question", "number", "submission"],
                name="answer_number",
                condition=models.Q(number__isnull=False),
            ),
            models.Index(
                fields=["tenant", "question", "date", "submission"],
                name="answer_date",
                condition=models.Q(date__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text
