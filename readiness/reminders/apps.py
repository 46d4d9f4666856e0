from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "readiness.reminders"
    label = "reminders"

    def ready(self) -> None:
        from readiness.mail.last_look import LOOKS  # noqa: PLC0415 - models are there only now
        from readiness.reminders import digest  # noqa: PLC0415 - the same

        LOOKS[digest.KIND] = digest.last_look
