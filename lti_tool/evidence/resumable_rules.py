"""What a resumable upload says of itself (tus 1.0), read and checked.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii

from lti_tool.errors import Invalid

MEGABYTE = 1024 * 1024
LONGEST_FINGERPRINT = 100
MOST_FILES = 10_000


class TooLarge(Invalid):
    """More bytes than are taken."""


def read_number(text: str | None, name: str) -> int:
    """A count of bytes in a header."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Invalid(f"The upload did not say a number in {name}.")
    return int(text)


def read_metadata(text: str) -> dict[str, str]:
    """The pairs of Upload-Metadata: a key, and after a space its value in base64."""
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise Invalid(
                "The name of the file could not be read. Choose the file again."
            ) from None
    return found


def check_size(name: str, size: int, limit: int) -> None:
    """Refuse what would be refused at its end anyway, before anybody waits for it."""
    if size == 0:
        raise Invalid(f"“{name}” is empty: there is nothing in the file.")
    if size > limit:
        raise TooLarge(
            f"“{name}” is {megabytes(size)}. A file can have {limit // MEGABYTE} MB. "
            "Make it smaller, or share a part of it."
        )


def check_number(name: str, number: int) -> None:
    """Refuse one file more where somebody keeps more of them than any portfolio needs."""
    if number >= MOST_FILES:
        raise TooLarge(
            f"There is no room for “{name}”: you keep {number:,} files here, and one person may "
            f"keep {MOST_FILES:,}. Ask your programme lead for help."
        )


def check_room(name: str, size: int, used: int, quota: int) -> None:
    """Refuse what goes beyond what one person may keep, and say how much that is."""
    if used + size > quota:
        raise TooLarge(
            f"There is no room for “{name}” ({megabytes(size)}). Your files take {megabytes(used)} "
            f"of the {megabytes(quota)} that one person may keep here. Use a smaller file, or ask "
            "your programme lead for help."
        )


def megabytes(size: int) -> str:
    """A size in words, never as nothing where there is something."""
    if size >= 1000 * MEGABYTE:
        return f"{size / (1024 * MEGABYTE):.1f} GB"
    return f"{max(size / MEGABYTE, 0.1 if size else 0):.1f} MB"


def percent(received: int, size: int) -> int:
    """How much has arrived; 100 for no less than all of it."""
    return min(99, received * 100 // size) if received < size else 100
