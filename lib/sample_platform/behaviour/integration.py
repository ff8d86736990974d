"""How the platform behaves in API keys, usage, webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Literal


def internal(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is anywhere but on the public internet."""
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


@dataclass(frozen=True)
class Integration:
    """Right by default."""

    # API keys
    keys_listed_whole: bool = False
    key_scopes_checked: bool = True
    key_expiry_checked: bool = True
    key_remembered_s: int = 0
    key_last_use_shown: bool = True
    key_rotation_overlap_s: int = 86_400

    # usage
    usage_counts_every: int = 1
    usage_by_operation: bool = True

    # webhooks
    webhook_signs: Literal["id, time and body", "body", "nothing"] = "id, time and body"
    webhook_pauses_s: tuple[float, ...] = (1, 2, 4, 8)
    webhook_keeps_id: bool = True
    webhook_refuses: Callable[[IPv4Address | IPv6Address], bool] = internal
    webhook_resolves: bool = True
