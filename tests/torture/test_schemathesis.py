"""The same requests on PostgreSQL, by chance and as many as are asked for: `make torture ROUNDS=20` makes seven thousand."""

from tests.api.conftest import at_a_quiet_moment, stage
from tests.api.test_schemathesis import document, kept_connection, test_every_answer_is_a_declared_one

__all__ = ["at_a_quiet_moment", "document", "kept_connection", "stage", "test_every_answer_is_a_declared_one"]
