"""Domains that people mean when they type something else.

They are only ever suggested: a wrong domain is valid too.
"""

from functools import lru_cache

COMMON_DOMAINS = [
    "gmail.com", "yahoo.co.jp", "icloud.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp",
    "i.softbank.jp", "hotmail.com", "hotmail.co.jp", "outlook.jp", "outlook.com", "ymobile.ne.jp", "live.jp", "me.com",
]  # fmt: skip
# Real domains that lie one letter from a common one.
REAL_NEIGHBOURS = {
    "ymail.com",
    "mail.com",
    "email.com",
    "live.com",
    "mac.com",
    "aol.com",
    "msn.com",
}
TYPED_FOR = {
    "gmail.com": "gmail.co.jp gmail.ne.jp gmail.jp gmail.com.jp googlemail.co.jp",
    "yahoo.co.jp": "yahoo.jp yahoo.com.jp yaho.ne.jp yahooo.ne.jp",
    "docomo.ne.jp": "docomo.co.jp docomo.jp docomo.com docomo.ne.com docomo.or.jp",
    "ezweb.ne.jp": "ezweb.co.jp ezweb.jp ezweb.com ezweb.ne.com au.ne.jp",
    "softbank.ne.jp": "softbank.co.jp softbank.com",
    "i.softbank.jp": "i.softbank.ne.jp i.softbank.co.jp",
    "icloud.com": "icloud.co.jp icloud.jp icloud.ne.jp",
    "hotmail.co.jp": "hotmail.jp hotmail.ne.jp",
}
SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789-."
MEANT_DOMAINS = {
    wrong: right for right, wrongs in TYPED_FOR.items() for wrong in wrongs.split()
}


def suggest_domain(domain: str) -> str:
    """Return "gmail.com" for "gmial.com", or "" when the domain may well be right."""
    if domain in COMMON_DOMAINS or domain in REAL_NEIGHBOURS:
        return ""
    return MEANT_DOMAINS.get(domain) or next(
        (usual for usual in COMMON_DOMAINS if _is_one_typo_apart(domain, usual)), ""
    )


@lru_cache
def list_domain_typos(meant: str) -> frozenset[str]:
    """Return every domain for which ``suggest_domain`` suggests this one; none unless it is a common domain."""
    if meant not in COMMON_DOMAINS:
        return frozenset()
    cuts = [(meant[:at], meant[at:]) for at in range(len(meant) + 1)]
    typed = set(TYPED_FOR.get(meant, "").split())
    typed |= {start + rest[1:] for start, rest in cuts} | {
        start + rest[1:2] + rest[:1] + rest[2:] for start, rest in cuts
    }
    typed |= {
        start + sign + rest[skipped:]
        for start, rest in cuts
        for sign in SIGNS
        for skipped in (0, 1)
    }
    return frozenset(domain for domain in typed if suggest_domain(domain) == meant)


def _is_one_typo_apart(typed: str, meant: str) -> bool:
    """Return whether the two differ by one letter too many, too few, wrong, or by two that are swapped.

    Never for domains of fewer than 8 letters: too many real domains lie that close to them.
    """
    if len(meant) < 8:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    rest, goal = typed[start:], meant[start:]
    swapped = rest[:2] == goal[:2][::-1] and rest[2:] == goal[2:]
    return swapped or rest[1:] in (goal, goal[1:]) or rest == goal[1:]
