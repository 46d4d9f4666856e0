from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "readiness.checks"
    label = "checks"
