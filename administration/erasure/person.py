"""By what one person is known in a shop: their members, addresses, numbers, LINE ids, and customers of the carts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from cartsync.models import CartCustomer, Link
from forms_builder.models import Submission
from members.merge.chain import list_ids_with_merged
from members.models import IdentityRecord, Member
from members.normalize.phones import format_national_phone

# What may stand before a value so that it is that value and not the end of a longer one. In JSON a new line is "\n".
BEFORE = r"(?<=^|[^[:alnum:]._%+-]|\\[nrtbf])"
AFTER = r"(?![[:alnum:]_-]|\.[[:alnum:]])"


@dataclass(frozen=True)
class Person:
    """``ids``: the member and all who were merged into it.

    ``emails`` and ``phones`` are keys that no other member of the shop has; ``words`` is every spelling of these and
    of the LINE user ids, by which the person is found in any text.
    """

    ids: list[int]
    public_ids: set[str]
    emails: set[str]
    phones: set[str]
    line_ids: set[str]
    words: set[str]
    customers: list[CartCustomer]
    # How many other members have one of the addresses or numbers.
    sharing: int

    @cached_property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL; one that is never true where nothing is known."""
        if not self.words:
            return r"(?!)"
        longest_first = sorted(self.words, key=lambda word: (-len(word), word))
        return f"{BEFORE}(?:{'|'.join(map(re.escape, longest_first))}){AFTER}"

    @cached_property
    def submissions(self) -> "QuerySet[Submission]":
        """Their answers, and those that wait for an operator and name them or what they are reached by."""
        public_ids = [*self.public_ids, ""]
        hinted = Q(hints__link__in=public_ids, hints__line__in=public_ids)
        named = Q(answers__text__iregex=self.pattern)
        return Submission.objects.filter(
            Q(member__in=self.ids)
            | Q(pk__in=Submission.objects.filter(hinted | named, member=None))
        )

    @property
    def form_keys(self) -> set[str]:
        """The keys under which mails about their answers were booked (forms_builder/mail/book.py)."""
        names = self.submissions.values_list("public_id", flat=True)
        return {f"form:{name}{end}" for name in names for end in ("", ":copy")}


def find_person(member_id: int) -> Person:
    """Return all by which the member is known; deleted and merged members too."""
    ids = list_ids_with_merged(member_id)
    ids += (
        Member.objects.filter(merged_into__in=ids)
        .exclude(pk__in=ids)
        .values_list("pk", flat=True)
    )
    members = list(Member.objects.filter(pk__in=ids))
    linked = CartCustomer.objects.filter(
        pk__in=Link.objects.filter(member__in=ids, ended_at=None).values("customer")
    )
    sources: list[Member | IdentityRecord | CartCustomer] = [
        *members,
        *IdentityRecord.objects.filter(member__in=ids),
        *linked,
    ]
    others = Member.objects.exclude(pk__in=ids)
    emails, phones = (
        {getattr(each, name) for each in sources} - {""}
        for name in ("email_key", "phone_e164")
    )
    found = others.filter(Q(email_key__in=emails) | Q(phone_e164__in=phones))
    taken_emails, taken_phones = (
        set(found.values_list(name, flat=True)) for name in ("email_key", "phone_e164")
    )
    emails, phones = emails - taken_emails, phones - taken_phones
    line_ids = {each.line_user_id for each in members if each.line_user_id}
    line_ids |= {each.line_id for each in linked if each.line_id}
    words = emails | phones | line_ids | set(map(format_national_phone, phones))
    words |= collect_spellings(sources, emails, phones)
    return Person(
        ids=ids,
        public_ids={each.public_id for each in members},
        emails=emails,
        phones=phones,
        line_ids=line_ids,
        words={word for word in words if len(word) > 5},
        customers=[*linked, *find_unlinked_customers(emails, linked)],
        sharing=found.count(),
    )


def collect_spellings(
    sources: Iterable[Member | IdentityRecord | CartCustomer],
    emails: set[str],
    phones: set[str],
) -> set[str]:
    """Return the addresses and numbers as they were typed, of those keys."""
    return {
        typed
        for each in sources
        for typed, is_own in (
            (each.email, each.email_key in emails),
            (each.phone, each.phone_e164 in phones),
        )
        if typed and is_own
    }


def find_unlinked_customers(
    emails: set[str], linked: "QuerySet[CartCustomer]"
) -> "QuerySet[CartCustomer]":
    """Return customers of these addresses who are linked to nobody."""
    taken = Link.objects.filter(ended_at=None).values("customer")
    rows = CartCustomer.objects.filter(email_key__in=emails)
    return rows.exclude(pk__in=taken).exclude(pk__in=linked.values("pk"))
