from django.urls import path

from readiness.checks.views import checks as views, drills, integrations, launches

app_name = "checks"
urlpatterns = [
    path("services/<slug:slug>/checks/", views.checks, name="checks"),
    path("services/<slug:slug>/checks/run/", views.run_all, name="run-all"),
    path("services/<slug:slug>/launch-day/live/", launches.live, name="launch-live"),
    path("services/<slug:slug>/launch-plan/try/", launches.try_threshold, name="try-threshold"),
    path("services/<slug:slug>/launch-plan/try/<str:key>/", launches.trial, name="trial"),
    path("checks/", views.troubled, name="troubled"),
    path("checks/<int:pk>/", views.check, name="check"),
    path("checks/<int:pk>/row/", views.row, name="row"),
    path("checks/<int:pk>/configure/", views.configure, name="configure"),
    path("checks/<int:pk>/run/", views.run, name="run"),
    path("checks/<int:pk>/switch/", views.switch, name="switch"),
    path("checks/<int:pk>/release/", views.release, name="release"),
    path("settings/integrations/", integrations.integrations, name="integrations"),
    path("settings/integrations/<slug:kind>/", integrations.integration, name="integration"),
    path("settings/integrations/<slug:kind>/state/", integrations.state, name="integration-state"),
    path("settings/integrations/<slug:kind>/test/", integrations.test, name="test-integration"),
    path("settings/integrations/<slug:kind>/forget-secret/", integrations.forget_secret, name="forget-secret"),
    path("settings/integrations/<slug:kind>/switch/", integrations.switch, name="switch-integration"),
    path("settings/integrations/<slug:kind>/remove/", integrations.remove, name="remove-integration"),
    path("checks/<int:pk>/drill/", drills.start, name="start-drill"),
    path("drills/<uuid:key>/", drills.drill, name="drill"),
    path("drills/<uuid:key>/pulse/", drills.pulse, name="drill-pulse"),
    path("drills/<uuid:key>/acknowledge/", drills.acknowledge, name="acknowledge-drill"),
    path("drills/<uuid:key>/cancel/", drills.cancel, name="cancel-drill"),
]
