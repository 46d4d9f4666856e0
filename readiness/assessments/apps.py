from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "readiness.assessments"
    label = "assessments"

    def ready(self) -> None:
        from readiness.assessments.actions import notices, regressions  # noqa: PLC0415 - models are there only now
        from readiness.mail.kinds import KINDS  # noqa: PLC0415 - the same

        KINDS[notices.MENTION] = "Mentioned in a comment"
        KINDS[notices.WAIVER_ENDED] = "Waiver ended"
        KINDS[regressions.KIND] = "Not met any more"
