from django.apps import AppConfig


class ChecklistsConfig(AppConfig):
    name = "readiness.checklists"
    label = "checklists"
