"""The decision packet: what it holds, its one written form, its digest and its offline check."""

from reviews.packet.canonical import FORMAT, Tampered, as_file, canonical, check_file, digest
from reviews.packet.content import build

__all__ = ["FORMAT", "Tampered", "as_file", "build", "canonical", "check_file", "digest"]
