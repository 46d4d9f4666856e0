from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    name = "readiness.outgoing"
    label = "outgoing"
