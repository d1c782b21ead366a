"""Settings: the only reader of the environment. A wrong one stops the start with a sentence."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SettingsInvalid(Exception):
    """The environment is not set up; the message lists each setting and its remedy."""


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine."""
    host = urlsplit(url).hostname or ""
    return host in LOOPBACK or host.endswith(".localhost")


def _check_database(url: str) -> None:
    if urlsplit(url).scheme.split("+")[0] not in {"sqlite", "postgresql", "postgres"}:
        raise ValidationError(
            "Use a URL such as sqlite:///var/mtl.sqlite or postgresql://user:password@host/name."
        )


def _check_public_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValidationError(
            "Use the address people reach the tool at, e.g. https://mtl.uni.ac.uk"
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise ValidationError("Use https. Plain http works on this machine only (localhost).")


def _check_storage(url: str) -> None:
    if "://" in url and urlsplit(url).scheme != "s3":
        raise ValidationError("Use a folder, or s3://bucket/prefix.")


def _check_mail(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in {"smtp", "smtps"}:
        try:
            is_usable = bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_usable = False
        tls = parse_qs(parts.query).get("tls", ["starttls"])
        is_usable = is_usable and tls[0] in {"starttls", "implicit", "none"}
    else:
        is_usable = parts.scheme in {"", "file"} and parts.hostname in {None, "localhost"}
    if not is_usable:
        raise ValidationError(
            "Use a folder, or smtp://user:password@host:587?tls=starttls (or implicit, or none)."
        )


def _check_mail_from(text: str) -> None:
    address = parseaddr(text)[1]
    if not text.isprintable() or not re.fullmatch(r"[^\s@]+@[^\s@]+", address):
        raise ValidationError("Use an address such as MTL Tool <mtl-tool@uni.ac.uk>.")


def _check_clamd(url: str) -> None:
    parts = urlsplit(url)
    try:
        is_usable = parts.scheme == "tcp" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable and not (parts.scheme == "unix" and parts.path.startswith("/")):
        raise ValidationError("Use tcp://localhost:3310 or unix:///run/clamav/clamd.ctl.")


def _check_redis(url: str) -> None:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix", "redis+socket"}:
        raise ValidationError("Use a URL such as redis://localhost:6379/0, or leave it unset.")


def _check_networks(text: str) -> None:
    for network in text.split(","):
        try:
            ip_network(network.strip())
        except ValueError as error:
            raise ValidationError(
                f"'{network.strip()}' is no network. Use CIDR such as 10.20.0.0/16, with commas."
            ) from error


def _check_encryption_keys(text: str) -> None:
    for key in text.split(","):
        try:
            raw = base64.urlsafe_b64decode(key.strip())
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise ValidationError(
                "Each key is 32 bytes in URL-safe base64; newest first, with commas. Make one: "
                "python -c 'from cryptography.fernet import Fernet as F; "
                "print(F.generate_key().decode())'"
            )


class SettingsSchema(Schema):
    """One field a setting; `.env.example` documents each."""

    class Meta:
        unknown = EXCLUDE

    DATABASE_URL = fields.String(load_default="sqlite:///var/mtl.sqlite", validate=_check_database)
    REDIS_URL = fields.String(load_default=None, validate=_check_redis)
    SECRET_KEY = fields.String(
        required=True,
        validate=validate.Length(min=16, error="Use at least 16 random characters."),
        error_messages={
            "required": "Set it to a long random text, e.g. from: python -c 'import secrets; "
            "print(secrets.token_urlsafe(48))'"
        },
    )
    PUBLIC_URL = fields.String(load_default=None, validate=_check_public_url)
    STORAGE_URL = fields.String(load_default="var/files", validate=_check_storage)
    MAIL_URL = fields.String(load_default="var/mail", validate=_check_mail)
    MAIL_FROM = fields.String(load_default="mtl-tool@localhost", validate=_check_mail_from)
    DEVELOPMENT = fields.Boolean(load_default=False)
    PROGRAMME = fields.String(load_default="config/programme.yaml")
    METRICS = fields.Boolean(load_default=False)
    METRICS_TOKEN = fields.String(
        load_default=None,
        validate=validate.Length(min=16, error="Use at least 16 random characters."),
    )
    RATE_LIMITS = fields.Boolean(load_default=True)
    ENCRYPTION_KEYS = fields.String(load_default=None, validate=_check_encryption_keys)
    TRUSTED_PROXIES = fields.Integer(load_default=0, validate=validate.Range(0, 5))
    PLATFORM_NETWORKS = fields.String(load_default=None, validate=_check_networks)
    CLAMD_URL = fields.String(load_default=None, validate=_check_clamd)
    MAX_UPLOAD_MB = fields.Integer(load_default=500, validate=validate.Range(1, 5000))
    UPLOAD_QUOTA_MB = fields.Integer(load_default=5000, validate=validate.Range(1, 10_000_000))
    S3_ENDPOINT_URL = fields.Url(load_default=None, require_tld=False)
    SESSION_IDLE_MINUTES = fields.Integer(load_default=60, validate=validate.Range(5, 480))


@dataclass(frozen=True)
class Settings:
    """What the environment asked for, checked and in the types that the code uses."""

    database_url: str
    redis_url: str | None
    secret_key: str
    public_url: str | None
    storage_url: str
    mail_url: str
    mail_from: str
    development: bool
    programme: Path
    metrics: bool
    metrics_token: str | None
    rate_limits: bool
    encryption_keys: tuple[str, ...]
    trusted_proxies: int
    platform_networks: tuple[str, ...]
    clamd_url: str | None
    max_upload_bytes: int
    upload_quota_bytes: int
    s3_endpoint_url: str | None
    session_idle_seconds: int

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the environment.

    Raises SettingsInvalid with a line for each setting that cannot be used.
    """
    given = {
        key: value
        for key, value in (os.environ if environ is None else environ).items()
        if value != ""
    }
    try:
        read = SettingsSchema().load(given)
    except ValidationError as error:
        lines = [
            f"  {name}: {' '.join(messages)}"
            for name, messages in sorted(error.normalized_messages().items())
        ]
        raise SettingsInvalid("\n".join(["The environment is not set up:", *lines])) from None
    programme = ROOT / read["PROGRAMME"]
    if not programme.is_file():
        raise SettingsInvalid(
            "The environment is not set up:\n"
            f"  PROGRAMME: There is no file {read['PROGRAMME']}. "
            "Name a programme file such as config/programme.yaml."
        )
    return Settings(
        database_url=_database_url(read["DATABASE_URL"]),
        redis_url=read["REDIS_URL"],
        secret_key=read["SECRET_KEY"],
        public_url=read["PUBLIC_URL"].rstrip("/") if read["PUBLIC_URL"] else None,
        storage_url=_folder(read["STORAGE_URL"]),
        mail_url=_mail_url(read["MAIL_URL"]),
        mail_from=read["MAIL_FROM"],
        development=read["DEVELOPMENT"],
        programme=programme,
        metrics=read["METRICS"],
        metrics_token=read["METRICS_TOKEN"],
        rate_limits=read["RATE_LIMITS"],
        encryption_keys=_encryption_keys(read["ENCRYPTION_KEYS"], read["SECRET_KEY"]),
        trusted_proxies=read["TRUSTED_PROXIES"],
        platform_networks=_split(read["PLATFORM_NETWORKS"]),
        clamd_url=read["CLAMD_URL"],
        max_upload_bytes=read["MAX_UPLOAD_MB"] * 1024 * 1024,
        upload_quota_bytes=read["UPLOAD_QUOTA_MB"] * 1024 * 1024,
        s3_endpoint_url=read["S3_ENDPOINT_URL"],
        session_idle_seconds=read["SESSION_IDLE_MINUTES"] * 60,
    )


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text else ()


def _folder(url: str) -> str:
    return url if "://" in url else str(ROOT / url)


def _mail_url(url: str) -> str:
    """A mail server's URL as it is; otherwise the path of the folder."""
    if urlsplit(url).scheme in {"smtp", "smtps"}:
        return url
    return str(ROOT / (urlsplit(url).path if url.startswith("file:") else url))


def _database_url(url: str) -> str:
    """SQLAlchemy's form of the URL; a relative SQLite file is under the project."""
    scheme, rest = url.split("://", 1)
    if scheme in {"postgres", "postgresql"}:
        return f"postgresql+psycopg://{rest}"
    if scheme.startswith("sqlite") and not rest.startswith("//"):
        return f"sqlite:///{ROOT / rest.removeprefix('/')}"
    return url


def _encryption_keys(text: str | None, secret_key: str) -> tuple[str, ...]:
    if text:
        return _split(text)
    # With one secret only, keys at rest hang on it; `.env.example` says why to set them apart.
    digest = hashlib.sha256(b"mtl-tool keys at rest\x00" + secret_key.encode()).digest()
    return (base64.urlsafe_b64encode(digest).decode(),)
