from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "readiness.mail"
    label = "mail"
