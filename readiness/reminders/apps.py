from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "readiness.reminders"
    label = "reminders"

    def ready(self) -> None:
        from readiness.mail.kinds import KINDS  # noqa: PLC0415 - models are there only now
        from readiness.mail.last_look import LOOKS  # noqa: PLC0415 - the same
        from readiness.reminders import digest, weekly  # noqa: PLC0415 - the same

        KINDS[weekly.KIND] = "Weekly portfolio mail"
        KINDS[digest.KIND] = "Digest"
        LOOKS[digest.KIND] = digest.last_look
        LOOKS[weekly.KIND] = weekly.last_look
