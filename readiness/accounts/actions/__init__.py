"""What people, and imports on their behalf, change about people, teams and grants."""

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
from readiness.accounts.actions.teams import create_team, edit_team

__all__ = [
    "add_person",
    "create_team",
    "deactivate",
    "edit_profile",
    "edit_team",
    "first_administrator",
    "grant",
    "invite_person",
    "reactivate",
    "send_invitation",
    "withdraw_grant",
]
