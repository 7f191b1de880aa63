"""The findings about a domain in words, each with what to do, and the lines for the domain's DNS to copy."""

from dataclasses import dataclass

from messaging.domains.findings import build_key_name
from messaging.domains.texts import LABELS, NOTHING, TEXTS, Words
from messaging.models import MailAccount, SendingDomain

# Ends of the names of SMTP servers → what their service wants to stand in the domain's SPF record.
SERVICES = {
    "gmail.com": "include:_spf.google.com", "google.com": "include:_spf.google.com",
    "office365.com": "include:spf.protection.outlook.com", "outlook.com": "include:spf.protection.outlook.com",
    "sendgrid.net": "include:sendgrid.net", "amazonaws.com": "include:amazonses.com",
    "mailgun.org": "include:mailgun.org",
}  # fmt: skip
WITH_LINE = {
    "spf": {"missing"},
    "dkim": {"not_seen", "other_key", "several", ""},
    "dmarc": {"missing", "broken"},
}


@dataclass(frozen=True)
class DnsLine:
    """One record to copy: its name, and its value; each is a TXT record."""

    name: str
    value: str


@dataclass(frozen=True)
class DescribedFinding:
    kind: str
    label: Words
    badge: str
    state: Words
    text: Words
    found: str
    line: DnsLine | None


def describe_findings(row: SendingDomain, hosts: list[str]) -> list[DescribedFinding]:
    """Return the three findings of a domain in words; ``hosts``: the SMTP servers that send for it."""
    return [describe_finding(row, kind, hosts) for kind in LABELS]


def describe_finding(
    row: SendingDomain, kind: str, hosts: list[str]
) -> DescribedFinding:
    found = row.find(kind)
    code = found.get("code", "")
    badge, state, text = TEXTS.get((kind, code), NOTHING)
    wants = code in WITH_LINE[kind] and (kind != "dkim" or bool(row.public_key))
    return DescribedFinding(
        kind,
        LABELS[kind],
        badge,
        state,
        text,
        found.get("value", "") if code != "missing" else "",
        build_line(row, kind, hosts) if wants else None,
    )


def build_line(row: SendingDomain, kind: str, hosts: list[str]) -> DnsLine:
    if kind == "spf":
        return DnsLine(row.domain, build_spf(hosts))
    if kind == "dmarc":
        return DnsLine(f"_dmarc.{row.domain}", "v=DMARC1; p=none")
    return DnsLine(
        build_key_name(row.domain, row.selector), build_key_record(row.public_key)
    )


def build_key_record(public_key: str) -> str:
    return f"v=DKIM1; k=rsa; p={public_key}"


def build_spf(hosts: list[str]) -> str:
    """Return a record that names the servers of these SMTP hosts: what their service asks for, else the host itself."""
    terms = [
        next(
            (term for end, term in SERVICES.items() if f".{host}".endswith(f".{end}")),
            f"a:{host}",
        )
        for host in hosts
    ]
    return " ".join(["v=spf1", *dict.fromkeys(terms), "~all"])


def list_hosts(domain: str) -> list[str]:
    """Return the SMTP servers of the accounts that write from this domain."""
    rows = MailAccount.objects.filter(from_email__iendswith=f"@{domain}")
    return sorted(
        {row.host.lower() for row in rows.exclude(kind=MailAccount.Kind.RAKUTEN)}
    )
