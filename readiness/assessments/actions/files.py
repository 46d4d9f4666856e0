"""Uploaded files: kept once for each content, under its SHA-256, in the private storage. No path comes from a file's name."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from readiness.accounts.policy import Refused
from readiness.assessments.models import EvidenceFile

LARGEST = 10 * 1024 * 1024


def keep_file(file: "UploadedFile[Any]", now: datetime) -> EvidenceFile:
    """Stores the content unless it is there already. Raises Refused when it is empty or above 10 MiB.

    The content goes first and the row second: a row never points at nothing. Content that a failed transaction leaves behind is
    found again by its name when the same file is uploaded the next time.
    """
    size = file.size or 0
    if not 0 < size <= LARGEST:
        raise Refused(
            "attestation",
            f"The file must have between 1 byte and {LARGEST // 1024 // 1024} MiB; this has {size:,} bytes.",
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    path = f"evidence/{sha256[:2]}/{sha256}"
    if not default_storage.exists(path):
        file.seek(0)
        path = default_storage.save(path, file)
    name = PurePath((file.name or "file").replace("\\", "/")).name[:200]
    kept, _ = EvidenceFile.objects.get_or_create(
        sha256=sha256, defaults={"name": name, "size": size, "path": path, "stored_at": now}
    )
    return kept
