"""The links of a message over all its versions: what each says, and where it stands in which version."""

from dataclasses import dataclass

from django.db.models import Count, Q

from messaging.links.addresses import list_urls
from messaging.models import Broadcast, Click, Content, Step

Subject = Broadcast | Step


@dataclass(frozen=True)
class MessageLink:
    """One address; ``places``: (content id, number of the link in it)."""

    url: str
    places: tuple[tuple[int, int], ...]

    @property
    def clicks(self) -> Q:
        """The condition on the calls of this link."""
        found = Q(pk__in=[])
        for content, number in self.places:
            found |= Q(delivery__content=content, number=number)
        return found


@dataclass(frozen=True)
class LinkCount:
    """``people``: deliveries whose member tapped it, ``taps``: how often, ``machines``: calls left out."""

    number: int
    url: str
    people: int
    taps: int
    machines: int


def select_clicks(subject: Subject) -> Q:
    """Return the condition on the calls of the subject's links."""
    if isinstance(subject, Broadcast):
        return Q(delivery__broadcast=subject)
    return Q(delivery__step=subject)


def list_links(subject: Subject) -> list[MessageLink]:
    """Return the links of the message as it is now, then those of earlier versions that somebody called."""
    contents = subject.contents
    if isinstance(subject, Step):
        called = Click.objects.filter(delivery__step=subject).values(
            "delivery__content"
        )
        older = Content.objects.filter(pk__in=called).order_by("-pk")
        contents += older.exclude(pk__in=[each.pk for each in contents])
    places: dict[str, list[tuple[int, int]]] = {}
    for content in contents:
        for number, url in enumerate(
            list_urls(content) if content.counts_links else ()
        ):
            places.setdefault(url, []).append((content.pk, number))
    return [MessageLink(url, tuple(found)) for url, found in places.items()]


def count_links(subject: Subject) -> list[LinkCount]:
    """Count each link of the message, those that nobody tapped too."""
    links = list_links(subject)
    return [count_link(subject, n, link) for n, link in enumerate(links)]


def count_link(subject: Subject, number: int, link: MessageLink) -> LinkCount:
    person = Q(machine="")
    rows = Click.objects.filter(select_clicks(subject) & link.clicks)
    found = rows.aggregate(
        people=Count("delivery_id", distinct=True, filter=person),
        taps=Count("pk", filter=person),
        machines=Count("pk", filter=~person),
    )
    return LinkCount(number, link.url, **found)
