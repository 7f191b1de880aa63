"""Ask the domain name system for texts, through the installation's own resolver, with one deadline for all names.

The names come from shops; the only host that is talked to is the resolver, so no address check is needed.
"""

import time
from collections.abc import Callable

import dns.exception
import dns.resolver
from django.conf import settings

from outbound.errors import TryLater

# One record, of which little may be believed: a domain may answer with as many texts as it likes.
MOST_TEXTS, LONGEST_TEXT = 50, 4_000
Ask = Callable[[str], list[str]]


def build_resolver() -> dns.resolver.Resolver:
    """Return a resolver that asks DNS_SERVER ("host:port"), or the machine's own servers."""
    if not settings.DNS_SERVER:
        return dns.resolver.Resolver()
    host, _colon, port = settings.DNS_SERVER.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [host], int(port)
    return resolver


def build_text_lookup(seconds: float) -> Ask:
    """Return a function from a name to its TXT records; all calls of it together take ``seconds`` at most.

    [] where the name has none. It raises TryLater where nobody answers in time.
    """
    resolver, end = build_resolver(), time.monotonic() + seconds

    def look_up_texts(name: str) -> list[str]:
        left = end - time.monotonic()
        if left <= 0:
            raise TryLater("slow")
        try:
            answer = resolver.resolve(
                name, "TXT", lifetime=left, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.Timeout, dns.resolver.NoNameservers) as error:
            raise TryLater("slow") from error
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            raise TryLater("unreachable") from error
        rows = answer.rrset or ()
        texts = [b"".join(row.strings).decode("utf-8", "replace") for row in rows]
        return [text[:LONGEST_TEXT] for text in sorted(texts)[:MOST_TEXTS]]

    return look_up_texts
