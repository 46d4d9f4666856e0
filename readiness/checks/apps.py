from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "readiness.checks"
    label = "checks"

    def ready(self) -> None:
        from readiness.checks import metrics  # noqa: PLC0415 - models are there only now

        metrics.register()
