from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "readiness.reminders"
    label = "reminders"
