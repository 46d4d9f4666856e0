"""`{% load settings_tabs %}{% settings_tabs %}`: the pages of the settings, as far as the reader may open them."""

from typing import NamedTuple

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from readiness.accounts import policy
from readiness.accounts.rules import Action

register = template.Library()


class Tab(NamedTuple):
    label: str
    url: str
    is_current: bool


# A page that does not exist is left out; an action decides who sees the tab.
_PAGES = (
    ("Profile", "accounts:settings", None),
    ("Mail", "mail:preferences", None),
    ("People", "accounts:people", Action.MANAGE_PEOPLE),
    ("Teams", "accounts:teams", None),
    ("Integrations", "checks:integrations", Action.CONNECT_INTEGRATION),
    ("Outgoing", "outgoing:receivers", Action.CONNECT_INTEGRATION),
    ("Roles", "accounts:roles", None),
)


@register.inclusion_tag("accounts/_tabs.html", takes_context=True)
def settings_tabs(context: Context) -> dict[str, list[Tab]]:
    request = context["request"]
    tabs = []
    for label, name, action in _PAGES:
        if action is not None and not policy.may_anywhere(request.user, action):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_root = name == "accounts:settings"
        is_current = request.path == url or (not is_root and request.path.startswith(url))
        tabs.append(Tab(label, url, is_current))
    return {"tabs": tabs}
