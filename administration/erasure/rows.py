"""What belongs to one person, kind by kind: messages, mails, requests, the carts' copies, files."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef, Q
from django.utils.translation import gettext as _

from administration.erasure.person import Person
from cartsync.models import (
    CartCustomer,
    CartOrder,
    CartSubscription,
    OrderMail,
    OrderMailMask,
)
from jobs.files.store import delete_files_of
from jobs.runner import JobFailed, list_kinds
from members.imports.read.upload import discard_import, forget_import
from members.models import MemberImport
from messaging.models import (
    Bounce,
    Call,
    Content,
    Delivery,
    IncomingMail,
    Suppression,
    Tester,
    WebhookEvent,
)
from messaging.suppression.keys import build_suppression_key
from notifications.models import OperatorLine
from rpa.models import CancellationRequest, Evidence

BUSY_IMPORTS = ("checking", "loading", "undoing")


def wait_for_others(person: Person) -> None:
    """Raise JobFailed while something is under way that names the person and cannot be withdrawn."""
    opened = Call.objects.filter(state=Call.State.OPEN, kind=Call.Kind.MULTICAST)
    if any(
        opened.filter(to__contains=[line_id]).exists() for line_id in person.line_ids
    ):
        raise JobFailed(
            _(
                "この会員を含むLINEの一括送信が進行中です。終わってから「再開」を押してください。"
            )
        )
    if (
        list_requests(person)
        .filter(state=CancellationRequest.State.SUBMITTING)
        .exists()
    ):
        raise JobFailed(
            _(
                "この会員の解約などの申請をカートに送信中です。終わってから「再開」を押してください。"
            )
        )
    if MemberImport.objects.filter(state__in=BUSY_IMPORTS).exists():
        raise JobFailed(
            _("会員の取り込みが進行中です。終わってから「再開」を押してください。")
        )


def erase_files_with_members(person: Person) -> int:
    """Delete files that may hold the person: written ones are encrypted, uploaded ones are somebody's whole list."""
    kinds = [kind.name for kind in list_kinds() if kind.guarded]
    count = delete_files_of(kinds)
    for source in MemberImport.objects.exclude(path=""):
        if source.loaded_at:
            forget_import(source)
        else:
            discard_import(source)
        count += 1
    return count


def list_deliveries(person: Person) -> Any:
    return Delivery.objects.filter(
        Q(member__in=person.ids)
        | Q(member=None, address__in=person.words)
        | Q(key__in=person.form_keys)
    )


def erase_messages(person: Person) -> int:
    """Delete all that was sent to them or is booked, all that LINE told of them, and addresses that are held."""
    deliveries = list_deliveries(person)
    rows = list(deliveries.values_list("pk", "call", "content", "other_content"))
    ids = [row[0] for row in rows]
    bounced = Bounce.objects.filter(delivery__in=ids).exclude(mail=None)
    IncomingMail.objects.filter(
        pk__in=list(bounced.values_list("mail", flat=True))
    ).delete()
    Delivery.objects.filter(pk__in=ids).delete()
    calls = {row[1] for row in rows if row[1]}
    shared = Exists(Delivery.objects.filter(call=OuterRef("pk")))
    Call.objects.filter(~shared, pk__in=calls).delete()
    delete_unused_contents({pk for row in rows for pk in row[2:] if pk})
    WebhookEvent.objects.filter(user_id__in=person.line_ids).delete()
    OperatorLine.objects.filter(line_user_id__in=person.line_ids).delete()
    keys = {build_suppression_key(email) for email in person.emails}
    Suppression.objects.filter(address__in=keys | person.emails).delete()
    Tester.objects.filter(mail_address__in=person.words).delete()
    return len(ids)


def delete_unused_contents(ids: Iterable[int]) -> None:
    """Delete those that no step, broadcast or other message says."""
    contents = Content.objects.filter(pk__in=list(ids))
    for model, column in list_references(Content):
        rows = model._default_manager.filter(**{column: OuterRef("pk")})
        contents = contents.filter(~Exists(rows))
    contents.delete()


def list_references(target: type[Model]) -> list[tuple[type[Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is target
    ]


def erase_mails(person: Person) -> int:
    """Delete mails that came from them or about them, with what was read out of these, and samples of masks."""
    about = OrderMail.objects.filter(
        Q(email_key__in=person.emails) | Q(order__in=list_orders(person))
    )
    named = Q()
    for column in ("sender", "to", "subject", "text"):
        named |= Q(**{f"{column}__iregex": person.pattern})
    mails = IncomingMail.objects.filter(named | Q(pk__in=about.values("mail")))
    count, _each = mails.delete()
    OrderMailMask.objects.filter(sample__iregex=person.pattern).update(
        sample="", sample_subject=""
    )
    return count


def match_customers(person: Person) -> Q:
    """Return the condition for rows that name one of the person's customers by cart and external id."""
    found = Q(pk=None)
    for each in person.customers:
        found |= Q(cart=each.cart_id, customer_external_id=each.external_id)
    return found


def list_orders(person: Person) -> Any:
    return CartOrder.objects.filter(
        match_customers(person) | Q(email_key__in=person.emails)
    )


def list_requests(person: Person) -> Any:
    names = list(person.submissions.values_list("public_id", flat=True))
    return CancellationRequest.objects.filter(
        match_customers(person) | Q(member__in=person.ids) | Q(submission_key__in=names)
    )


def erase_requests(person: Person) -> int:
    """Delete their requests with all evidence; in others' requests what was found of them is taken out."""
    count, _each = list_requests(person).delete()
    for request in CancellationRequest.objects.only("pk", "candidates").iterator():
        if is_named(request.candidates, person):
            CancellationRequest.objects.filter(pk=request.pk).update(candidates={})
    for piece in Evidence.objects.only("pk", "data").iterator():
        if is_named(piece.data, person):
            Evidence.objects.filter(pk=piece.pk).update(data={}, picture="")
    return count


def is_named(found: Any, person: Person) -> bool:
    text = str(found).lower()
    return any(word.lower() in text for word in person.words)


def erase_answers_and_customers(person: Person) -> int:
    """Delete answers, and the copies of the carts' customers, orders and subscriptions."""
    count = person.submissions.count()
    person.submissions.delete()
    list_orders(person).delete()
    CartSubscription.objects.filter(match_customers(person)).delete()
    CartCustomer.objects.filter(pk__in=[each.pk for each in person.customers]).delete()
    return count
