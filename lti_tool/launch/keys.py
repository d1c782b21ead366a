"""Our own key pairs: made on first need, published, rotated with an overlap.

The next key is published a day before it signs and an old one a day after, so that a platform
that keeps our key set for a while never meets a signature it cannot check.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, Table, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from lti_tool.clock import now
from lti_tool.db import own_transaction
from lti_tool.errors import NotFound, Refused, Unavailable
from lti_tool.launch.models import ToolKey
from lti_tool.launch.runtime import runtime

OVERLAP = timedelta(days=1)
BITS = 2048

table: Table = ToolKey.__table__  # type: ignore[assignment]  # declared as FromClause
turn = case({"current": 0, "next": 1}, value=table.c.state, else_=2)


@dataclass(frozen=True)
class SigningKey:
    """The key that signs today."""

    kid: str
    private_pem: str
    public_jwk: str


@dataclass(frozen=True)
class KeySummary:
    """What an operator may know of a key."""

    kid: str
    state: str
    since: str


def signing_key() -> SigningKey:
    """The current key; the first one is made here."""
    found = _current()
    if found is None:
        _make_first()
        found = _current()
    if found is None:
        raise NotFound("There is no key to sign with. Make one: keys rotate --at-once")
    return SigningKey(found.kid, _decrypt(found.private_pem), found.public_jwk)


def public_key_set() -> dict[str, Any]:
    """The public halves of all keys that a platform may meet.

    https://www.imsglobal.org/spec/security/v1p0/#h_key-set-url
    """
    signing_key()
    with own_transaction(reads_only=True) as connection:
        rows = connection.execute(select(table.c.public_jwk).order_by(turn, table.c.id.desc()))
        return {"keys": [json.loads(row.public_jwk) for row in rows]}


def list_keys() -> list[KeySummary]:
    """All keys, the one that signs first."""
    with own_transaction(reads_only=True) as connection:
        rows = connection.execute(select(table).order_by(turn, table.c.id.desc())).all()
    return [
        KeySummary(row.kid, row.state, row.changed_at.isoformat(timespec="minutes")) for row in rows
    ]


def is_every_key_published() -> bool:
    """Whether platforms find each private key's own public half in the set that we publish.

    Raises Unavailable where a key cannot be opened with ENCRYPTION_KEYS.
    """
    with own_transaction(reads_only=True) as connection:
        rows = connection.execute(select(table.c.kid, table.c.private_pem)).all()
    published = {each["kid"]: each for each in public_key_set()["keys"]}
    return all(published.get(row.kid) == _public_half(row.private_pem) for row in rows)


def rotate(*, at_once: bool = False) -> str:
    """Let the next key sign from now on; returns its id.

    `at_once` also where platforms had less than a day to see it: for a key that has leaked.
    """
    signing_key()
    fresh = _new_row("next")
    with own_transaction() as connection:
        following = connection.execute(
            select(table).where(table.c.state == "next").with_for_update()
        ).one_or_none()
        if following is None:
            raise Refused("Another rotation is going on. Look at: keys list")
        ready_at = following.changed_at + OVERLAP
        if ready_at > now() and not at_once:
            raise Refused(
                "The next key is published for less than a day; platforms may not know it yet. "
                f"Rotate after {ready_at:%d %B %H:%M} UTC, or now with --at-once."
            )
        _drop_old(connection)
        for before, after in (("current", "retiring"), ("next", "current")):
            connection.execute(
                update(table).where(table.c.state == before).values(state=after, changed_at=now())
            )
        connection.execute(insert(table).values(fresh))
    kid: str = following.kid
    return kid


def _drop_old(connection: Connection) -> None:
    connection.execute(
        delete(table).where(table.c.state == "retiring", table.c.changed_at < now() - OVERLAP)
    )


def _current() -> Any:
    with own_transaction(reads_only=True) as connection:
        return connection.execute(select(table).where(table.c.state == "current")).one_or_none()


def _make_first() -> None:
    rows = [_new_row("current"), _new_row("next")]
    try:
        with own_transaction() as connection:
            connection.execute(insert(table), rows)
    except IntegrityError:
        pass  # another process made them between our look and our insert


def _new_row(state: str) -> dict[str, Any]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    jwk = public_jwk(private.public_key())
    return {
        "kid": jwk["kid"],
        "state": state,
        "public_jwk": json.dumps(jwk),
        "private_pem": _vault(runtime().settings.encryption_keys).encrypt(pem),
        "created_at": now(),
        "changed_at": now(),
    }


def public_jwk(public: rsa.RSAPublicKey) -> dict[str, str]:
    """A public key as a key set lists it; its id is its thumbprint (RFC 7638)."""
    numbers = public.public_numbers()
    required = {"e": _base64url(numbers.e), "kty": "RSA", "n": _base64url(numbers.n)}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    thumbprint = urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
    return {**required, "kid": thumbprint, "alg": "RS256", "use": "sig"}


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decrypt(encrypted: bytes) -> str:
    try:
        return _vault(runtime().settings.encryption_keys).decrypt(encrypted).decode()
    except InvalidToken as error:
        raise Unavailable(
            "The tool cannot read its own keys. The operator needs to put back the ENCRYPTION_KEYS "
            "(or the SECRET_KEY) that they were stored with."
        ) from error


@lru_cache(maxsize=64)
def _public_half(encrypted: bytes) -> dict[str, str]:
    private = load_pem_private_key(_decrypt(encrypted).encode(), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return public_jwk(private.public_key())


@lru_cache(maxsize=8)
def _vault(keys: tuple[str, ...]) -> MultiFernet:
    """Encrypts with the newest key, opens with any of them."""
    return MultiFernet([Fernet(key) for key in keys])
