"""What can go wrong, said in a sentence to a person.

Activities raise these; `web/error_pages.py` alone knows which HTTP status and page each becomes.
"""

from __future__ import annotations


class DomainError(Exception):
    """A rule of the tool said no. The message is shown to a person as it stands."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotAllowed(DomainError):
    """The viewer may see the thing, but may not do this to it."""


class NotFound(DomainError):
    """It does not exist, or the viewer may not know that it does; the two look the same."""


class Refused(DomainError):
    """The thing is in a state in which this cannot be done (it is submitted or released)."""


class Invalid(DomainError):
    """A value that a person typed, or a file they chose, cannot be used."""


class Unavailable(DomainError):
    """Something we depend on does not answer just now; trying again later is the remedy."""


class NoRoom(Unavailable):
    """There is no space left for bytes; whoever runs the tool has to make some."""
