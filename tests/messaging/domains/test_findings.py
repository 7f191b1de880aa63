"""What records of a domain mean, each case by itself."""

import pytest

from messaging.domains.findings import Finding, Key, inspect_domain, inspect_spf

KEY = Key("tsunagi", "QUJD")
CHAIN = {f"s{n}.example": [f"v=spf1 include:s{n + 1}.example ~all"] for n in range(12)}
SPF = [
    ([], Finding("missing")),
    (["something else"], Finding("missing")),
    (["v=spf10 a ~all"], Finding("missing")),
    (["v=spf1 a:smtp.example ~all"], Finding("ok", "v=spf1 a:smtp.example ~all")),
    (["v=spf1 redirect=_spf.example"], Finding("ok", "v=spf1 redirect=_spf.example")),
    (["V=SPF1 mx -ALL"], Finding("ok", "V=SPF1 mx -ALL")),
    (["v=spf1 mx", "v=spf1 a ~all"], Finding("several", "v=spf1 mx / v=spf1 a ~all")),
    (["v=spf1 mx +all"], Finding("open", "v=spf1 mx +all")),
    (["v=spf1 mx"], Finding("no_end", "v=spf1 mx")),
    (["v=spf1 include:s0.example ~all"], Finding("too_long", "v=spf1 include:s0.example ~all")),
    (["v=spf1 include:s3.example ~all"], Finding("ok", "v=spf1 include:s3.example ~all")),
]  # fmt: skip
DKIM = [
    ({}, KEY, Finding("not_seen", "tsunagi._domainkey.shop.jp")),
    ({"tsunagi": ["v=DKIM1; k=rsa; p=QU JD"]}, KEY, Finding("ok", "tsunagi._domainkey.shop.jp")),
    ({"tsunagi": ["v=DKIM1; p=WFla"]}, KEY, Finding("other_key", "tsunagi._domainkey.shop.jp")),
    ({"tsunagi": ["p=QUJD", "p=WFla"]}, KEY, Finding("several", "tsunagi._domainkey.shop.jp")),
    ({"google": ["v=DKIM1; p=QUJD"]}, None, Finding("of_service", "google")),
    ({"google": ["v=DKIM1; p="]}, None, Finding("unknown")),
]  # fmt: skip
DMARC = [
    ({}, Finding("missing")),
    ({"_dmarc.mail.shop.jp": ["v=DMARC1; p=reject"]}, Finding("ok", "v=DMARC1; p=reject")),
    ({"_dmarc.shop.jp": ["v=DMARC1;p=reject;sp=none"]}, Finding("watching", "v=DMARC1;p=reject;sp=none")),
    ({"_dmarc.mail.shop.jp": ["v=DMARC1; p=none"]}, Finding("watching", "v=DMARC1; p=none")),
    ({"_dmarc.mail.shop.jp": ["v=DMARC1; p=nichts"]}, Finding("broken", "v=DMARC1; p=nichts")),
    ({"_dmarc.mail.shop.jp": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
     Finding("several", "v=DMARC1; p=none / v=DMARC1; p=reject")),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "found"), SPF)
def test_spf(texts: list[str], found: Finding) -> None:
    zone = {"shop.jp": texts, **CHAIN}
    assert inspect_spf("shop.jp", lambda name: zone.get(name, [])) == found


@pytest.mark.parametrize(("keys", "key", "found"), DKIM)
def test_dkim(keys: dict[str, list[str]], key: Key | None, found: Finding) -> None:
    zone = {f"{name}._domainkey.shop.jp": texts for name, texts in keys.items()}
    said = inspect_domain("shop.jp", key, lambda name: zone.get(name, []))
    assert said["dkim"] == found


@pytest.mark.parametrize(("zone", "found"), DMARC)
def test_dmarc(zone: dict[str, list[str]], found: Finding) -> None:
    said = inspect_domain("mail.shop.jp", KEY, lambda name: zone.get(name, []))
    assert said["dmarc"] == found
