from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    label = "reviews"

    def ready(self) -> None:
        from readiness.mail.kinds import KINDS  # noqa: PLC0415 - models are there only now
        from reviews import letters  # noqa: PLC0415 - the same

        KINDS[letters.INVITATION] = "Invitation to a review"
        KINDS[letters.CANCELLED] = "Review cancelled"
        KINDS[letters.OUTPUT] = "What a review decided"
        KINDS[letters.REMINDER] = "Please read what a review decided"
