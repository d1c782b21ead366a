"""What an author declares about pupils, and how far evidence may go by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

LONGEST_NAME = 200


class Pupils(StrEnum):
    """Whether pupils can be recognised in a version."""

    NONE = "none"
    ANONYMISED = "anonymised"
    IDENTIFIABLE = "identifiable"


WORDS = {
    Pupils.NONE: "No pupils are in it",
    Pupils.ANONYMISED: "Pupils are in it, and nobody could tell who they are",
    Pupils.IDENTIFIABLE: "A pupil can be recognised",
}
BASES = {
    "parents": "Parents or carers agreed in writing",
    "pupils": "The pupils, old enough to decide, agreed in writing",
    "school": "The school holds consent that covers this use",
}

UNDECLARED = "Say whether pupils can be recognised in it before you share it."
NOT_PERMITTED = (
    "A pupil can be recognised in this evidence, and it does not say who permitted that and on "
    "what basis. Until it does, it stays between its author and the coach: it cannot be attested "
    "or submitted."
)


class Declared(Protocol):
    """Whatever carries a declaration: a content, or a stored version."""

    @property
    def pupils(self) -> str | None: ...
    @property
    def permission_by(self) -> str | None: ...
    @property
    def permission_basis(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is said about pupils. A permission is kept only where a pupil can be recognised."""

    pupils: str | None = None
    permission_by: str | None = None
    permission_basis: str | None = None


def declare(pupils: str | None, by: str | None = None, basis: str | None = None) -> Declaration:
    """A declaration as a form brings it, without what does not belong to it."""
    if pupils != Pupils.IDENTIFIABLE:
        return Declaration(pupils or None)
    return Declaration(pupils, (by or "").strip() or None, basis or None)


def is_open(said: Declared) -> bool:
    """Whether tutors and the board may see it: no pupil is recognised, or that is permitted."""
    if said.pupils == Pupils.IDENTIFIABLE:
        return bool(said.permission_by and said.permission_basis)
    return said.pupils in {Pupils.NONE, Pupils.ANONYMISED}


def obstacle(said: Declared) -> str:
    """Why it can be neither attested nor submitted as it stands; nothing where it can."""
    if is_open(said):
        return ""
    return UNDECLARED if said.pupils is None else NOT_PERMITTED


def spoken(said: Declared) -> str:
    """The declaration as a sentence."""
    if said.pupils is None:
        return "Nothing is said about them yet."
    words = WORDS.get(Pupils(said.pupils), said.pupils)
    by = f"; permitted by {said.permission_by}" if said.permission_by else ""
    basis = BASES.get(said.permission_basis or "", "")
    return f"{words}{by}{': ' if basis else ''}{basis[:1].lower()}{basis[1:]}."


def declaration_problems(said: Declared) -> dict[str, str]:
    """What is wrong with a declaration, as a sentence for each form field."""
    problems = {}
    if said.pupils is not None and said.pupils not in set(Pupils):
        problems["pupils"] = "Choose one of the answers about pupils."
    if said.permission_basis is not None and said.permission_basis not in BASES:
        problems["permission_basis"] = "Choose a basis from the list."
    if len(said.permission_by or "") > LONGEST_NAME:
        problems["permission_by"] = f"Use {LONGEST_NAME} characters or fewer."
    return problems


def declaration_facts(said: Declared) -> dict[str, Any]:
    """The declaration as it stands in a manifest; nothing where none was made, as in old ones."""
    if said.pupils is None:
        return {}
    facts: dict[str, Any] = {"pupils": str(said.pupils)}
    if said.permission_by:
        facts["permission_by"] = said.permission_by
    if said.permission_basis:
        facts["permission_basis"] = said.permission_basis
    return facts
