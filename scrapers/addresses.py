"""Which addresses the crawler may connect to: public ones, and private ones that the operator named."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from scrapers.sources import Source

DEFAULT_PORTS = {"http": 80, "https": 443}
PRIVATE = [
    ip_network(block)
    for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1", "fc00::/7")
]
NAT64 = ip_network("64:ff9b::/96")
UNICAST_6 = ip_network("2000::/3")
# `is_global` of Python 3.11 holds these for global: relays and tunnels to IPv4, and documentation.
NEVER = [ip_network(block) for block in ("192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")]
Place = tuple[str, int]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the open network; IPv4 inside IPv6 counts only by NAT64, as what it holds."""
    if address.version == 6 and address in NAT64:
        address = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.version == 6 and address not in UNICAST_6:
        return False
    return address.is_global and not address.is_multicast and not _is_in(address, NEVER)


def is_private(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address belongs to this machine or to an operator's own network; link-local ones never do."""
    return _is_in(address, PRIVATE)


def _is_in(address, blocks) -> bool:
    return any(address in block for block in blocks if block.version == address.version)


def may_connect(place: Place, address: str, own: set[Place]) -> bool:
    """Say whether a host and port may be reached at an address that the host has, `own` being the operator's places."""
    address = ip_address(address)
    return is_public(address) or (place in own and is_private(address))


def own_places(source: Source) -> set[Place]:
    """Return the hosts and ports that may be private: where the URL itself says so, or the source does."""
    if not source.url:
        return set()
    url = urlsplit(source.url)
    port = url.port or DEFAULT_PORTS[url.scheme]
    hosts = source.allowed_hosts if source.private_network else source.allowed_hosts[:1]
    return {(host, port) for host in hosts if source.private_network or _names_private(host)}


def _names_private(host: str) -> bool:
    try:
        return host == "localhost" or is_private(ip_address(host))
    except ValueError:
        return False
