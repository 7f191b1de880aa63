"""Which addresses are on the public internet, and which only lead somewhere else."""

import ipaddress

# They carry an IPv4 address inside, perhaps a private one, and a gateway of ours may unpack it.
TRANSLATED = [
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
]
# The way into 6to4, protocol assignments, documentation: Python calls some of them global, by its version.
ASSIGNED = [
    ipaddress.ip_network(text)
    for text in (
        "192.88.99.0/24",
        "192.0.0.0/24",
        "3fff::/20",
        "2001:db8::/32",
        "5f00::/16",
    )
]


def is_public(text: str) -> bool:
    """Return whether the address, as text, belongs to one machine on the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not getattr(address, "is_site_local", False)
        and not any(
            address in network
            for network in [*TRANSLATED, *ASSIGNED]
            if network.version == address.version
        )
    )
