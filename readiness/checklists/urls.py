from django.urls import path

from readiness.checklists import views

app_name = "checklists"
urlpatterns = [
    path("checklists/", views.checklists, name="checklists"),
    path("checklists/import/", views.import_pack, name="import"),  # no checklist may have this key: actions.RESERVED
    path("checklists/<slug:key>/", views.checklist, name="checklist"),
    path("checklists/<slug:key>/services/", views.services, name="services"),
    path("checklists/<slug:key>/compare/", views.compare, name="compare"),
    path("checklists/<slug:key>/edit/", views.edit, name="edit"),
    path("checklists/<slug:key>/publish/", views.publish, name="publish"),
    path("checklists/<slug:key>/discard/", views.discard, name="discard"),
    path("checklists/<slug:key>/<int:number>/", views.version, name="version"),
    path("checklists/<slug:key>/<int:number>.yaml", views.export, name="export"),
]
