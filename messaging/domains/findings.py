"""What the records of a domain mean for its mails: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

Ask = Callable[[str], list[str]]
# A receiver gives an SPF record up after so many look-ups.
MOST_LOOK_UPS = 10
# Names under which mail services publish the keys that they sign with.
USUAL_SELECTORS = (
    "default", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "k3", "dkim", "mail", "sendgrid", "smtpapi",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """``code`` says what was found, ``value`` is the record or the name that it is about."""

    code: str
    value: str = ""

    def store(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Key:
    """Our own key for a domain: the name that its record stands under, and the key in base64."""

    selector: str
    public: str


def inspect_domain(domain: str, key: Key | None, ask: Ask) -> dict[str, Finding]:
    """Return the findings of the three; ``ask`` gives the texts of a name and may raise TryLater."""
    return {
        "spf": inspect_spf(domain, ask),
        "dkim": inspect_dkim(domain, key, ask),
        "dmarc": inspect_dmarc(domain, ask),
    }


# ---------------------------------------------------------------- SPF
def inspect_spf(domain: str, ask: Ask) -> Finding:
    found = list_spf(domain, ask)
    if not found:
        return Finding("missing")
    if len(found) > 1:
        return Finding("several", " / ".join(found))
    record = found[0]
    terms = record.lower().split()[1:]
    if any(term in ("+all", "all") for term in terms):
        return Finding("open", record)
    if count_look_ups(terms, ask, MOST_LOOK_UPS + 1) > MOST_LOOK_UPS:
        return Finding("too_long", record)
    ends = any(term in ("-all", "~all", "?all") for term in terms)
    if not ends and not any(term.startswith("redirect=") for term in terms):
        return Finding("no_end", record)
    return Finding("ok", record)


def list_spf(domain: str, ask: Ask) -> list[str]:
    texts = ask(domain)
    return [text for text in texts if text.lower().split(" ", 1)[0].strip() == "v=spf1"]


def count_look_ups(terms: Sequence[str], ask: Ask, most: int) -> int:
    """Return how many look-ups a receiver needs for these terms, up to ``most``; includes are followed."""
    count = 0
    for term in terms:
        name, _colon, value = term.lstrip("+-~?").partition(":")
        redirect = name.startswith("redirect=")
        if redirect:
            name, value = "redirect", term.partition("=")[2]
        if name.partition("/")[0] not in (
            "include",
            "a",
            "mx",
            "ptr",
            "exists",
            "redirect",
        ):
            continue
        count += 1
        if count >= most:
            return most
        if name in ("include", "redirect") and value and "%" not in value:
            inner = list_spf(value, ask)
            if len(inner) == 1:
                count += count_look_ups(inner[0].lower().split()[1:], ask, most - count)
    return min(count, most)


# ---------------------------------------------------------------- DKIM
def inspect_dkim(domain: str, key: Key | None, ask: Ask) -> Finding:
    """Look for the record of our own key; without one for the keys that mail services usually publish."""
    if key:
        return inspect_own_key(domain, key, ask)
    for selector in USUAL_SELECTORS:
        if any(
            read_tags(text).get("p") for text in ask(build_key_name(domain, selector))
        ):
            return Finding("of_service", selector)
    return Finding("unknown")


def build_key_name(domain: str, selector: str) -> str:
    return f"{selector}._domainkey.{domain}"


def inspect_own_key(domain: str, key: Key, ask: Ask) -> Finding:
    name = build_key_name(domain, key.selector)
    texts = [text for text in ask(name) if "p" in read_tags(text)]
    if not texts:
        return Finding("not_seen", name)
    if len(texts) > 1:
        return Finding("several", name)
    published = "".join(read_tags(texts[0])["p"].split())
    return Finding("ok" if published == key.public else "other_key", name)


# ---------------------------------------------------------------- DMARC
def inspect_dmarc(domain: str, ask: Ask) -> Finding:
    """Look at the domain's own record, else at that of the domains above it, which counts for it too."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        above = ".".join(labels[start:])
        texts = ask(f"_dmarc.{above}")
        found = [text for text in texts if is_dmarc(text)]
        if len(found) > 1:
            return Finding("several", " / ".join(found))
        if found:
            return read_dmarc_policy(found[0], above != domain)
    return Finding("missing")


def is_dmarc(text: str) -> bool:
    return text.replace(" ", "").lower().startswith("v=dmarc1")


def read_dmarc_policy(record: str, is_inherited: bool) -> Finding:
    tags = read_tags(record)
    policy = tags.get("sp", tags.get("p", "")) if is_inherited else tags.get("p", "")
    if policy.lower() not in ("none", "quarantine", "reject"):
        return Finding("broken", record)
    return Finding("watching" if policy.lower() == "none" else "ok", record)


def read_tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as "v=DKIM1; k=rsa; p=…" by their names in lower case."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs}
