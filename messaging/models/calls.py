"""Requests to the outside: each has its key stored before it is made."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.models.contents import Content
from messaging.models.senders import Sender
from tenants.models import TenantModel


class Call(TenantModel):
    """One request to the outside: a push, a reply or a mail for one delivery, a multicast for up to 500.

    Its key is stored before the first try: LINE's retry key, and the left part of a mail's Message-ID. While it is OPEN
    ``due_at`` is when somebody may take it, and the token fences off whoever lost the lease. ``doubts``: how
    many tries may have arrived. ``to`` and ``values`` (the merge values) are what was sent, with the content's version.
    """

    class Kind(models.TextChoices):
        PUSH = "push", _("LINE（個別）")
        MULTICAST = "multi", _("LINE（一括）")
        MAIL = "mail", _("メール")
        REPLY = "reply", _("LINE（無料の返信）")

    class State(models.IntegerChoices):
        OPEN = 0, _("送信中")
        ACCEPTED = 1, _("受け付けられた")
        REFUSED = 2, _("受け付けられなかった")
        SPLIT = 3, _("分けて送り直した")
        UNKNOWN = 4, _("結果不明")

    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=5, choices=Kind.choices)
    key = models.UUIDField()
    state = models.SmallIntegerField(choices=State.choices, db_default=State.OPEN)
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to = models.JSONField()
    values = models.JSONField(null=True)
    token = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    doubts = models.PositiveSmallIntegerField(db_default=1)
    tries = models.PositiveSmallIntegerField(db_default=1)
    first_tried_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)
    request_id = models.CharField(max_length=60, blank=True, db_default="")
    error = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "sender", "due_at", "id"],
                name="call_due",
                condition=Q(state=0),
            ),
            # Mails that came back name it.
            models.Index(
                fields=["tenant", "key"],
                name="call_mail_key",
                condition=Q(kind="mail"),
            ),
        ]
