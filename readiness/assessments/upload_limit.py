"""Stops an upload that is too large while it arrives, before it fills memory or disk. Named in settings.FILE_UPLOAD_HANDLERS.

First by what the request says its length is, then by what really came: a header can lie. A little above the limit is let
through, so that whoever is refused for a few bytes gets the sentence beside the field.
"""

from typing import Any, override

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from readiness.assessments.formats.contract import MAX_BYTES

MOST_BYTES = MAX_BYTES + 1024 * 1024


class BoundedUpload(FileUploadHandler):
    """Keeps nothing itself: hands each chunk on to the next handler."""

    came = 0

    @override
    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        _refuse(content_length)

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.came += len(raw_data)
        _refuse(self.came)
        return raw_data

    @override
    def file_complete(self, file_size: int) -> None:
        return None


def _refuse(size: int) -> None:
    if size > MOST_BYTES:
        raise RequestDataTooBig(f"An upload has at most {MAX_BYTES // 1024 // 1024} MiB.")
