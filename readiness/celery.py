"""Celery wakes workers up; the database is the queue of record. Losing every message loses nothing but a minute."""

import gc
import os
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")

from django.conf import settings

EMBEDDED = {"data_folder_in": "broker/queue", "data_folder_out": "broker/queue", "control_folder": "broker/control"}
REDIS = {
    "visibility_timeout": 3600,  # longer than any task may run, or Redis would hand the same message to a second worker
    # A page that wakes a worker does not wait for a broker that is down: the scheduler's next beat will do.
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}


class Channel(filesystem.Channel):
    """A message appears in the folder when it is whole. kombu's own writer makes the file first and fills it then; a worker that
    looks in between reads nothing, and dies of it.
    """

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]  # as the parent has it
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        half = Path(self.data_folder_out, f"{name}.half")
        half.write_bytes(dumps(payload).encode())
        half.rename(half.with_suffix(""))


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES["folder"] = f"{__name__}:Transport"


def broker_settings() -> dict[str, Any]:
    """Redis when the deployment names one; else messages are files under `var/broker`, which needs no server."""
    if settings.BROKER_URL != "embedded":
        return {"broker_url": settings.BROKER_URL, "broker_transport_options": REDIS}
    folders = {name: str(settings.VAR_DIR / folder) for name, folder in EMBEDDED.items()}
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    return {"broker_url": "folder://", "broker_transport_options": folders | {"store_processed": False}}


def each(interval: timedelta, task: str) -> dict[str, Any]:
    """A beat. A message that nobody took before the next one is due is of no use."""
    return {"task": task, "schedule": interval, "options": {"expires": interval.total_seconds()}}


app = Celery("readiness")
_broker = broker_settings()
# Celery's command line reads BROKER_URL by itself, and would take our word "embedded" for the name of a host.
os.environ["CELERY_BROKER_URL"] = _broker["broker_url"]
app.conf.update(
    **_broker,
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=300,
    task_soft_time_limit=270,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule_filename=str(settings.VAR_DIR / "beat-schedule"),
    beat_schedule={
        "run due checks": each(timedelta(seconds=10), "readiness.checks.tasks.wake"),
        "read the figures of launches": each(timedelta(seconds=15), "readiness.checks.tasks.measure"),
        "sweep what expired": each(timedelta(minutes=1), "readiness.assessments.tasks.sweep"),
        "send mail": each(timedelta(seconds=20), "readiness.mail.tasks.deliver"),
        "build digests": each(timedelta(minutes=10), "readiness.reminders.tasks.remind"),
        "pause what everybody left": each(timedelta(minutes=1), "reviews.tasks.pause_abandoned"),
        "count what items caught": each(timedelta(minutes=10), "reviews.tasks.count_what_items_caught"),
        "record how services stand": each(timedelta(hours=1), "readiness.portfolio.tasks.record_today"),
        "count campaigns": each(timedelta(hours=1), "readiness.portfolio.tasks.count_campaigns"),
        "tell receivers": each(timedelta(seconds=20), "readiness.outgoing.tasks.wake"),
        "tell receivers what is overdue": each(timedelta(minutes=10), "readiness.outgoing.tasks.keep_days"),
        "seal the history": each(timedelta(minutes=1), "readiness.history.tasks.seal"),
    },
)
app.autodiscover_tasks(
    [
        "readiness.history",
        "readiness.mail",
        "readiness.assessments",
        "readiness.checks",
        "readiness.reminders",
        "reviews",
        "readiness.outgoing",
        "readiness.portfolio",
    ]
)


@worker_process_init.connect
def _rest_what_stays(**_kwargs: object) -> None:
    """What a worker has loaded by now stays for good; the collector need not walk it again with every batch of checks."""
    gc.collect()
    gc.freeze()


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """Django's settings have configured logging already; without a receiver Celery would replace it."""
