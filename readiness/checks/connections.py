"""The organisation's sources as checks need them: addresses for planning, keys for running. A statement each."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from readiness.checks.models import Integration
from readiness.checks.sources import Connection
from readiness.checks.sources.keys import Key

type Connections = Mapping[str, Connection]
type Keys = Mapping[str, Key]


def connected() -> Connections:
    """Kind → where it is, of those that are switched on."""
    rows = Integration.objects.connected().defer("sealed_secret", "test_words")
    return {row.kind: Connection(row.kind, row.address, row.flavour, dict(row.settings)) for row in rows}


def keys() -> Keys:
    """Kind → what goes along with calls to its origin; for one batch, so that a secret is opened once for many checks."""
    found = {row.kind: row.key for row in Integration.objects.connected()}
    return {kind: key for kind, key in found.items() if key is not None}


def fingerprint(connections: Connections) -> str:
    """Of all that planning reads; another one means that services are to be planned anew. Empty without any."""
    if not connections:
        return ""
    plain = json.dumps([asdict(one) for one in connections.values()], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
