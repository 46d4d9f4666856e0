from django.urls import path

from readiness.accounts.views import people, saved_views, settings, teams

app_name = "accounts"
urlpatterns = [
    path("setup/", settings.first_run, name="first-run"),
    path("settings/", settings.profile, name="settings"),
    path("settings/roles/", settings.roles, name="roles"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite, name="invite"),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path("settings/people/<int:pk>/roles/", people.give_role, name="give-role"),
    path("settings/people/<int:pk>/roles/<int:grant_id>/withdraw/", people.withdraw_role, name="withdraw-role"),
    path("settings/people/<int:pk>/invite-again/", people.invite_again, name="invite-again"),
    path("settings/people/<int:pk>/address/", people.change_address, name="change-address"),
    path("settings/people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("settings/people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/new-team/", teams.new_team, name="new-team"),
    path("settings/teams/<slug:slug>/", teams.team, name="team"),
    path("views/of-<slug:page>/", saved_views.save_view, name="save-view"),
    path("views/<int:pk>/", saved_views.view, name="view"),
    path("views/<int:pk>/delete/", saved_views.delete_view, name="delete-view"),
]
