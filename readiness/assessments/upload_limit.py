"""Stops an upload that is too large while it arrives, before it fills memory or disk. Named in settings.FILE_UPLOAD_HANDLERS.

First by what the request says its length is, then by what really came: a header can lie. A little above the limit is let
through, so that whoever is refused for a few bytes gets the sentence beside the field. On the page for reports a larger file
is passed over, read and not kept, so that the form comes back with what else was typed into it.
"""

from typing import Any, override

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from readiness.assessments.formats.contract import MAX_BYTES

MOST_BYTES = MAX_BYTES + 1024 * 1024
MOST_PASSED_OVER = 256 * 1024 * 1024
PAGE = "assessments:upload"


def is_too_large(request: HttpRequest) -> bool:
    """By the length that the request itself says: no more than that is ever read of it."""
    length = str(request.META.get("CONTENT_LENGTH", ""))
    return length.isdecimal() and int(length) > MOST_BYTES


class BoundedUpload(FileUploadHandler):
    """Keeps nothing itself: hands each chunk on to the next handler."""

    came = 0

    @override
    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        _refuse(content_length, MOST_PASSED_OVER if self._is_page else MOST_BYTES)

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.came += len(raw_data)
        if self._is_page and self.came > MOST_BYTES:
            raise SkipFile
        _refuse(self.came, MOST_BYTES)
        return raw_data

    @override
    def file_complete(self, file_size: int) -> None:
        return None

    @property
    def _is_page(self) -> bool:
        """For whoever is signed in: nobody else is read any further."""
        request = self.request
        if request is None or request.resolver_match is None or request.resolver_match.view_name != PAGE:
            return False
        return request.user.is_authenticated


def _refuse(size: int, most: int) -> None:
    if size > most:
        raise RequestDataTooBig(f"An upload has at most {MAX_BYTES // 1024 // 1024} MiB.")
