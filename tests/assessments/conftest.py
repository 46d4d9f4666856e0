from tests.assessments.registered import gaps

__all__ = ["gaps"]
