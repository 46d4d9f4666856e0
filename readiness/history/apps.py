from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "readiness.history"
    label = "history"
