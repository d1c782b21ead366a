"""A call to a platform ends in time, whatever the platform sends and however slowly."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti_tool.launch.http import SOMEBODY_WAITS, Limits, PlatformUnreachable, build_session, send
from lti_tool.settings import load_settings

SETTINGS = replace(load_settings({"SECRET_KEY": "only for these tests"}), development=True)
ENDLESSLY = 100
LIMITS = Limits(wait=(5, 5), seconds=0.4)
DRIPS = {
    "nothing": [b""],
    "a first line": [b"HTTP/1.1 200 ", *[b"O"] * ENDLESSLY],
    "headers": [b"HTTP/1.1 200 OK\r\n", *[b"X-Next: 1\r\n"] * ENDLESSLY],
    "a body": [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b" "] * ENDLESSLY],
    "pieces": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *[b"1\r\n \r\n"] * ENDLESSLY,
    ],
    "a body without end": [b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * ENDLESSLY],
}
Wrap = Callable[[socket.socket], socket.socket]


@contextmanager
def dripping(pieces: list[bytes], wrap: Wrap) -> Iterator[int]:
    """A platform that answers one call, piece by piece, and then says no more."""
    given_up = threading.Event()

    def answer() -> None:
        with suppress(OSError):
            raw, _ = listener.accept()
            with wrap(raw) as connection:
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                    if given_up.wait(0.05):
                        return
                given_up.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        given_up.set()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    as_pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(*as_pem, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS.keys())
def test_an_answer_that_drips_in_is_given_up_in_time(
    certificate: Path, scheme: str, pieces: list[bytes]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    session = build_session(SETTINGS)
    session.verify = str(certificate)
    wrap: Wrap = (lambda raw: raw) if scheme == "http" else _over_tls(context)
    with dripping(pieces, wrap) as port:
        began = time.monotonic()
        url = f"{scheme}://localhost:{port}/keys"
        with pytest.raises(PlatformUnreachable, match="took too long"):
            send(session, SETTINGS, "GET", url, headers={}, limits=LIMITS)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_in_time_is_taken_whole(certificate: Path, scheme: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    session = build_session(SETTINGS)
    session.verify = str(certificate)
    wrap: Wrap = (lambda raw: raw) if scheme == "http" else _over_tls(context)
    pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"a", b"b", b"cd"]
    with dripping(pieces, wrap) as port:
        url = f"{scheme}://localhost:{port}/keys"
        limits = Limits(wait=(5, 5), seconds=10)
        reply = send(session, SETTINGS, "GET", url, headers={}, limits=limits)
    assert (reply.status, reply.text) == (200, "abcd")


def test_nobody_waits_longer_than_ten_seconds() -> None:
    assert SOMEBODY_WAITS.seconds <= 10
    assert sum(SOMEBODY_WAITS.wait) <= 10


def _over_tls(context: ssl.SSLContext) -> Wrap:
    return lambda raw: context.wrap_socket(raw, server_side=True)
