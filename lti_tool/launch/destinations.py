"""What a link of the tool can open: a kind of page, and what that page is narrowed to."""

from __future__ import annotations

from dataclasses import dataclass

PROGRESS = "progress"
MODULE = "module"
COACH_EVIDENCE = "coach-evidence"
LONGEST_CODE = 40
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link leads; one for coaches may be about a module, or about one participant."""

    page: str
    module_code: str | None = None
    participant_id: int | None = None

    @property
    def value(self) -> str:
        """How forms and placed links write it down."""
        if self.participant_id is not None:
            return f"{self.page}:participant:{self.participant_id}"
        if self.page == COACH_EVIDENCE and self.module_code:
            return f"{self.page}:module:{self.module_code}"
        return f"{self.page}:{self.module_code}" if self.module_code else self.page

    @property
    def own_module(self) -> str | None:
        """The module that the link opens itself, with its gradebook column."""
        return self.module_code if self.page == MODULE else None


START = Destination(PROGRESS)


def read_destination(text: str | None) -> Destination | None:
    """The other way round; None for anything that we do not write."""
    page, _, rest = (text or "").partition(":")
    if page in {PROGRESS, COACH_EVIDENCE} and text == page:
        return Destination(page)
    if page == MODULE:
        return Destination(MODULE, rest) if _is_code(rest) else None
    if page != COACH_EVIDENCE:
        return None
    about, _, which = rest.partition(":")
    if about == "module" and _is_code(which):
        return Destination(COACH_EVIDENCE, which)
    if about == "participant" and which.isascii() and which.isdecimal() and len(which) <= 10:
        return Destination(COACH_EVIDENCE, participant_id=min(int(which), LARGEST_ID))
    return None


def read_opens(text: str | None) -> Destination | None:
    """The plain value of a link that was placed without a reference.

    It never names a participant: numbers of ours mean nothing to whoever types such a value, and
    may be somebody else's where the course was copied from.
    """
    found = read_destination(text)
    return found if found is not None and found.participant_id is None else None


def _is_code(text: str) -> bool:
    return 0 < len(text) <= LONGEST_CODE and text.isprintable()
