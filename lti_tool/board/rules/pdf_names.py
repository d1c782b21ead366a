"""Blank whom a PDF names as its author while it is sent, at equal length, so that no byte moves.

A PDF points at places in itself by number (ISO 32000-1, 7.5.4): what is blanked may not grow or
shrink. Properties inside packed objects cannot be read here and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MEDIA_TYPE = "application/pdf"
LONGEST = 4096  # bytes of what is looked for; a longer one stays
AUTHOR = re.compile(
    rb"(/(?:Author|Manager|Company)\s{0,20}\()((?:\\.|[^\\()]){1,2000})(\))"
    rb"|(/(?:Author|Manager|Company)\s{0,20}<)([0-9A-Fa-f\s]{1,3000})(>)"
    rb"|(<dc:creator[^>]{0,200}>)(.{1,3000}?)(</dc:creator>)",
    re.DOTALL,
)
WORDS = re.compile(rb"(?<=>)[^<>]+(?=<)|^[^<>]+|[^<>]+$")


def without_author(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in number, without the author's name where it can be read."""
    kept = b""
    for piece in pieces:
        kept = AUTHOR.sub(_blank, kept + piece)
        cut = max(len(kept) - LONGEST, 0)
        if cut:
            yield kept[:cut]
            kept = kept[cut:]
    yield kept


def _blank(found: re.Match[bytes]) -> bytes:
    begin, inside, end = (part for part in found.groups() if part is not None)
    if begin.startswith(b"<"):  # XMP: its own marks stay, the words between them go
        inside = WORDS.sub(lambda words: b" " * len(words[0]), inside)
        return begin + inside + end
    return begin + b" " * len(inside) + end
