"""What people, and imports on their behalf, change about people, teams and grants."""

from readiness.accounts.actions.addresses import change_address, forget_returned, mark_returned
from readiness.accounts.actions.grants import grant, withdraw_grant
from readiness.accounts.actions.people import (
    add_person,
    deactivate,
    edit_profile,
    first_administrator,
    invite_person,
    reactivate,
    send_invitation,
)
from readiness.accounts.actions.saved_views import delete_view, edit_view, save_view
from readiness.accounts.actions.teams import create_team, edit_team

__all__ = [
    "add_person",
    "change_address",
    "create_team",
    "deactivate",
    "delete_view",
    "edit_profile",
    "edit_team",
    "edit_view",
    "first_administrator",
    "forget_returned",
    "grant",
    "invite_person",
    "mark_returned",
    "reactivate",
    "save_view",
    "send_invitation",
    "withdraw_grant",
]
