"""Settings come from the environment and are judged once, at start: every wrong value gets a sentence, all of them at once."""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

from readiness.egress import EgressPolicy

SMTP_TIMEOUT = timedelta(seconds=10)
_BACKENDS = "django.core.mail.backends"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass
class Reader:
    """Reads variables; a wrong one is remembered as a sentence and its default stands in until `finish` refuses to start."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.environment.get(name, default).strip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value not in {"", "0", "false", "no", "off"}:
            self.problems.append(f"{name} must be 0 or 1, not {value!r}.")
        return False

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default).upper()
        if value in allowed:
            return value
        self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return default

    def items(self, name: str, default: str = "") -> list[str]:
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def parsed[T](self, name: str, default: str, parse: Callable[[str], T], expected: str) -> T:
        value = self.text(name, default) or default
        try:
            return parse(value)
        except (ValueError, KeyError, ImproperlyConfigured, OSError) as error:
            self.problems.append(f"{name} must be {expected}, not {_without_password(value)!r} ({error}).")
            return parse(default)

    def finish(self) -> None:
        if self.problems:
            raise ImproperlyConfigured(" ".join(self.problems))


def _without_password(url: str) -> str:
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:…@", url)


def database(url: str) -> dict[str, Any]:
    """`sqlite:///path` or `postgresql://…` → Django's DATABASES entry, with the pragmas or the pool each engine needs."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    engine = str(config.get("ENGINE", ""))
    if engine.endswith("sqlite3"):
        return config | _sqlite_options()
    if engine.endswith("postgresql"):
        return config | _postgresql_options()
    raise ValueError("only sqlite:/// and postgresql:// are supported")


def _sqlite_options() -> dict[str, Any]:
    # Immediate transactions: a deferred one that turns into a writer can't wait for the lock and fails at once.
    pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000"
    )
    return {"OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}}


def _postgresql_options() -> dict[str, Any]:
    return {
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}, "connect_timeout": 5},
    }


def broker(url: str) -> str:
    if url == "embedded" or urlsplit(url).scheme in {"redis", "rediss", "unix"}:
        return url
    raise ValueError("use redis://host:port/0 or embedded")


def cache(url: str) -> dict[str, Any]:
    scheme = urlsplit(url).scheme
    if url == "database":
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache"}
    if scheme in {"redis", "rediss"}:
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    raise ValueError("use redis://host:port/1 or database")


def email(url: str) -> dict[str, Any]:
    """`smtp://user:password@host:port` (`smtp+tls://`, `smtp+ssl://`), or `file:///folder` where each mail becomes a file.

    Returns an entry for Django's MAILERS.
    """
    if url.startswith("file:///"):
        return {"BACKEND": f"{_BACKENDS}.filebased.EmailBackend", "OPTIONS": {"file_path": url[len("file://") :]}}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtp+ssl"} or not parts.hostname:
        raise ValueError("use smtp://host:port, smtp+tls://, smtp+ssl:// or file:///folder")
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or 25,
        "timeout": SMTP_TIMEOUT.total_seconds(),
    }
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    if parts.scheme != "smtp":
        options["use_tls" if parts.scheme == "smtp+tls" else "use_ssl"] = True
    return {"BACKEND": "readiness.mail.smtp.EmailBackend", "OPTIONS": options}


def base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.rstrip("/"):
        raise ValueError("scheme and host only, for example https://readiness.example.com")
    return url.rstrip("/")


def live_url(url: str) -> str:
    """Empty where the live stream has the same address as the pages, behind a proxy."""
    return base_url(url) if url else ""


def networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip()]


def egress_allow(text: str) -> str:
    """The text itself, once it has been read without a problem."""
    try:
        EgressPolicy.parse(text)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("EGRESS_ALLOW: ")) from error
    return text


def lease_seconds(text: str) -> int:
    seconds = int(text)
    if not 2 <= seconds <= 3600:
        raise ValueError("out of range")
    return seconds


def time_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except Exception as error:
        raise ValueError("no such time zone") from error


def secret_key(reader: Reader, *, debug: bool, made_by_run: Path) -> str:
    """The one that `make run` made, where none is set: commands work beside it as they are."""
    value = reader.text("SECRET_KEY") or (made_by_run.read_text().strip() if made_by_run.is_file() else "")
    if value and len(value) < 32:
        reader.problems.append("SECRET_KEY must have at least 32 characters; make one with `openssl rand -hex 32`.")
    if not value and not debug:
        reader.problems.append(
            "SECRET_KEY must be set (or DEBUG=1 for development); make one with `openssl rand -hex 32`."
        )
    # Under DEBUG a random one will do: sessions end when the process does, and nobody can come to rely on it.
    return value or secrets.token_hex(32)


def secret_key_fallbacks(reader: Reader) -> list[str]:
    """Earlier values of SECRET_KEY: what was signed or encrypted with them can still be read."""
    keys = reader.items("SECRET_KEY_FALLBACKS")
    if any(len(key) < 32 for key in keys):
        reader.problems.append(
            "SECRET_KEY_FALLBACKS must be earlier values of SECRET_KEY, each of at least 32 characters."
        )
    return keys


def var_folder(base: Path) -> Path:
    folder = Path(os.environ.get("VAR_DIR", base / "var"))
    (folder / "mail").mkdir(parents=True, exist_ok=True)
    return folder
