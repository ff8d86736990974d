"""Defects in API keys, usage, webhooks."""

from ipaddress import IPv4Address, IPv6Address

from ..behaviour.integration import internal
from .defect import Defect, defect


def _forgets_loopback(address: IPv4Address | IPv6Address) -> bool:
    return internal(address) and not (getattr(address, "ipv4_mapped", None) or address).is_loopback


DEFECTS: tuple[Defect, ...] = (
    # API keys
    defect("key-readable", "The list of API keys shows them whole.", "api.keys", keys_listed_whole=True),
    defect("key-scope-ignored", "An API key may do what its scopes leave out.", "api.keys", key_scopes_checked=False),
    defect("key-expiry-ignored", "An API key works after its expiry.", "api.keys", key_expiry_checked=False),
    defect("key-revocation-cached", "A revoked API key works for 10 more minutes.", "api.keys", key_remembered_s=600),
    defect("key-last-use-hidden", "Nobody sees when an API key was last used.", "api.keys", key_last_use_shown=False),
    defect(
        "key-rotation-cuts", "Replacing an API key stops the old one at once.", "api.keys", key_rotation_overlap_s=0
    ),
    # usage
    defect("usage-miscounted", "Every second call with a key is not counted.", "api.analytics", usage_counts_every=2),
    defect("usage-lumped", "Usage does not tell operations apart.", "api.analytics", usage_by_operation=False),
    # webhooks
    defect("webhook-unsigned", "Events arrive without a signature.", "api.webhooks", webhook_signs="nothing"),
    defect(
        "webhook-time-unsigned",
        "The signature of an event leaves its id and time out, so that it can be replayed.",
        "api.webhooks",
        webhook_signs="body",
    ),
    defect("webhook-no-retry", "An event that fails once is lost.", "api.webhooks", webhook_pauses_s=()),
    defect(
        "webhook-no-backoff", "A failed event is sent again without a pause.", "api.webhooks", webhook_pauses_s=(0,) * 4
    ),
    defect("webhook-new-id", "An event gets another id each time it is sent.", "api.webhooks", webhook_keeps_id=False),
    defect(
        "webhook-loopback",
        "A webhook may be aimed at the platform's own machine.",
        "api.webhooks",
        webhook_refuses=_forgets_loopback,
    ),
    defect(
        "webhook-names", "A webhook may be aimed at a name that leads inside.", "api.webhooks", webhook_resolves=False
    ),
)
