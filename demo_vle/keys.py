"""The platform's own signing keys, and signing that can be made wrong on purpose."""

import base64
import functools
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def encode_number(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@dataclass
class SigningKey:
    """One RSA key with its key id, able to live in a data file."""

    key_id: str
    private_pem: str

    @classmethod
    def generate(cls, key_id: str | None = None) -> "SigningKey":
        private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(key_id or secrets.token_hex(10), pem.decode("ascii"))

    def sign(self, message: bytes) -> bytes:
        return self._private_key().sign(message, padding.PKCS1v15(), hashes.SHA256())

    def public_pem(self) -> bytes:
        public_key = self._private_key().public_key()
        return public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def as_jwk(self) -> dict[str, str]:
        """The public half as RFC 7517 asks, in the shape platforms publish."""
        numbers = self._private_key().public_key().public_numbers()
        return {
            "kty": "RSA",
            "alg": "RS256",
            "kid": self.key_id,
            "e": encode_number(numbers.e),
            "n": encode_number(numbers.n),
            "use": "sig",
        }

    def _private_key(self) -> rsa.RSAPrivateKey:
        return read_private_key(self.private_pem)


@functools.lru_cache(maxsize=32)
def read_private_key(pem: str) -> rsa.RSAPrivateKey:
    """Our own key is good: checking its numbers would take twenty times as long as signing."""
    key = serialization.load_pem_private_key(
        pem.encode("ascii"), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The signing key is not an RSA key.")
    return key


def sign_token(claims: dict[str, Any], header: dict[str, Any], key: SigningKey) -> str:
    """Write a JWT exactly as the header says, so that tests can also send wrong ones."""
    parts = [
        encode(json.dumps(part, separators=(",", ":")).encode("utf-8")) for part in (header, claims)
    ]
    message = ".".join(parts).encode("ascii")
    algorithm = header.get("alg")
    if algorithm == "none":
        signature = b""
    elif algorithm == "HS256":
        # The classic mistake: the public key taken for a shared secret.
        signature = hmac.new(key.public_pem(), message, hashlib.sha256).digest()
    else:
        signature = key.sign(message)
    return f"{message.decode('ascii')}.{encode(signature)}"
