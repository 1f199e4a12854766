"""Whom an address of the network stands for, where attempts and requests are counted."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str:
    """What an address is counted by: itself, or the network of 64 bits that one customer has in IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:  # a UNIX socket has none
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    # How IPv4 looks to a server that listens on IPv6: all of it is within one such network.
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
