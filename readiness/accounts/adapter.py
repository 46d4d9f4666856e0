"""How allauth fits here: nobody signs up; people are invited by somebody who may manage people.

Sending is left to `mail.adapter`, which stands on this one and is what the setting ACCOUNT_ADAPTER names.
"""

import ipaddress

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Absolute, from the configured address only: what a request calls itself is the caller's word."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL}{path}"

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)


def client_address(request: HttpRequest) -> str:
    """Who is counted against a rate limit: the last address that a proxy of ours did not add itself.

    Without TRUSTED_PROXIES it is who opened the connection; a header that anybody can write counts for nothing.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while hops and _is_proxy(address):
        address = hops.pop()
    return address or "unknown"


def _is_proxy(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)
