"""The embedded broker: messages are files, and a reader never finds half of one."""

from pathlib import Path
from queue import Empty
from threading import Thread
from typing import Any

from kombu import Connection

import readiness.celery  # noqa: F401 - brings the transport


def channel(folder: Path) -> Any:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection("folder://", transport_options=options).channel()


def test_whoever_reads_while_others_write_gets_each_message_whole_and_once(tmp_path: Path) -> None:
    sent = 300

    def write() -> None:
        own = channel(tmp_path)
        for number in range(sent):
            own._put("work", {"number": number, "words": "x" * 2000})

    writer, reader = Thread(target=write), channel(tmp_path)
    got: list[int] = []
    writer.start()
    while len(got) < sent:
        try:
            got.append(reader._get("work")["number"])
        except Empty:
            assert writer.is_alive() or any(tmp_path.glob("*.msg"))
    writer.join()
    assert sorted(got) == list(range(sent))
    assert not any(tmp_path.glob("*.half"))
