"""What a service can be: its traits and its tier. Plain values; no Django."""

from enum import StrEnum

TIERS = (1, 2, 3, 4)
"""1 is critical, 4 the least."""


class Trait(StrEnum):
    """What a service is; decides which checklist items count for it."""

    HTTP_API = "http-api"
    WORKER = "worker"
    BATCH = "batch"
    DATA_PIPELINE = "data-pipeline"
    FRONTEND = "frontend"
    ML = "ml"
    CALLS_SERVICES = "calls-services"
    HAS_DATABASE = "has-database"
    CONSUMES_QUEUE = "consumes-queue"
    INTERNET_FACING = "internet-facing"
    CONTAINERISED = "containerised"

    @property
    def label(self) -> str:
        return _TRAIT_LABELS[self]


_TRAIT_LABELS = {
    Trait.HTTP_API: "HTTP API",
    Trait.WORKER: "Worker",
    Trait.BATCH: "Batch job",
    Trait.DATA_PIPELINE: "Data pipeline",
    Trait.FRONTEND: "Front end",
    Trait.ML: "Machine learning",
    Trait.CALLS_SERVICES: "Calls other services",
    Trait.HAS_DATABASE: "Has a database",
    Trait.CONSUMES_QUEUE: "Consumes a queue",
    Trait.INTERNET_FACING: "Faces the internet",
    Trait.CONTAINERISED: "Runs in containers",
}
