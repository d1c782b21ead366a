"""One search for people, schools and evidence, by the words that people know of them.

What is looked through is what the viewer may see anyway; a count is of that, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from lti_tool.cohort.search_models import EvidenceWords, PersonWords, SchoolWords
from lti_tool.db import db, folded
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import EvidenceItem
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people.models import Participant, School, User
from lti_tool.people.paging import Page
from lti_tool.people.schools import list_schools
from lti_tool.people.training import coaches
from lti_tool.people.visibility import visible_participants

LONGEST, MOST_WORDS = 200, 8
MOST = 1_000  # of a group; whoever finds more types another word
FEW, SIZE = 5, 25
Words = tuple[str, ...]


def wanted(typed: str) -> Words:
    """The words to look for: as a search compares them, each once, and not too many."""
    return tuple(dict.fromkeys((folded(typed[:LONGEST]) or "").split()))[:MOST_WORDS]


def is_cut(typed: str) -> bool:
    """Whether more was typed than is looked for."""
    words = (folded(typed[: 10 * LONGEST]) or "").split()
    return len(typed) > LONGEST or len(set(words)) > MOST_WORDS


@dataclass(frozen=True)
class Group:
    """What was found of one kind: a page of it, and how much there is, up to a limit."""

    name: str
    page: Page[Any]
    is_more: bool

    @property
    def total(self) -> str:
        """How much was found, in words."""
        return f"more than {MOST:,}" if self.is_more else f"{self.page.total:,}"


@dataclass(frozen=True)
class Kind:
    """One kind of thing: who may look for it, which ids match, and what is shown of a page."""

    roles: frozenset[Role]
    ids: Callable[[Viewer, Words], Select[int]]
    rows: Callable[[Sequence[int]], Select[Any]]


def search(viewer: Viewer, typed: str, only: str = "", number: int = 1) -> list[Group]:
    """What the viewer may see of what has all the words: some of each kind, or a page of one."""
    words = wanted(typed)
    if not words:
        return []
    return [
        _group(name, kind, viewer, words, (number, SIZE) if only else (1, FEW))
        for name, kind in KINDS.items()
        if viewer.role in kind.roles and only in ("", name)
    ]


def _group(name: str, kind: Kind, viewer: Viewer, words: Words, part: tuple[int, int]) -> Group:
    found = db.session.scalars(kind.ids(viewer, words).limit(MOST + 1)).all()
    ids, (number, size) = found[:MOST], part
    page: Page[Any] = Page((), max(1, number), len(ids), size)
    number = min(page.number, page.last)
    shown = ids[(number - 1) * size : number * size]
    rows = {each.id: each for each in db.session.scalars(kind.rows(shown))}
    told = [rows[one] for one in shown if one in rows]
    return Group(name, Page(told, number, len(ids), size), len(found) > MOST)


def _people(viewer: Viewer, words: Words) -> Select[int]:
    query = visible_participants(viewer).join(Participant.user).with_only_columns(Participant.id)
    if viewer.role is Role.COACH:
        # A coach knows names. What address somebody has is not theirs to find out.
        name = func.folded(User.name)
        query = query.where(*(name.contains(word, autoescape=True) for word in words))
    else:
        query = query.join(PersonWords, PersonWords.user_id == User.id)
        query = query.where(*(_is_of_person(viewer, word) for word in words))
    return query.order_by(User.name, Participant.id)


def _is_of_person(viewer: Viewer, word: str) -> ColumnElement[bool]:
    known = PersonWords.words.contains(word, autoescape=True)
    if viewer.role is not Role.LEAD:
        # Whoever marks by number must not learn whose number it is.
        return known
    number = func.lower(Participant.candidate_number).contains(word, autoescape=True)
    return or_(known, number, Participant.trn == word)


def _coaches(viewer: Viewer, words: Words) -> Select[int]:
    query = coaches(viewer).join(PersonWords, PersonWords.user_id == User.id)
    conditions = (PersonWords.words.contains(word, autoescape=True) for word in words)
    return query.where(*conditions).with_only_columns(User.id, maintain_column_froms=True)


def _schools(viewer: Viewer, words: Words) -> Select[int]:
    query = list_schools(viewer).join(SchoolWords, SchoolWords.school_id == School.id)
    conditions = (SchoolWords.words.contains(word, autoescape=True) for word in words)
    return query.where(*conditions).with_only_columns(School.id, maintain_column_froms=True)


def _evidence(viewer: Viewer, words: Words) -> Select[int]:
    having = select(EvidenceWords.item_id).where(_has_words(words)).cte("having_words")
    if viewer.role in STAFF:
        # By the index of words alone. How often a word comes nobody can guess, and staff may see
        # much: the newest of it would be read until enough is found, or nothing is left.
        having = having.prefix_with("MATERIALIZED", dialect="postgresql")
    query = visible_items(viewer).join(having, having.c.item_id == EvidenceItem.id)
    return query.with_only_columns(EvidenceItem.id).order_by(EvidenceItem.id.desc())


def _has_words(words: Words) -> ColumnElement[bool]:
    """By the beginnings of words, so that an index can find them among a million accounts."""
    if db.engine.dialect.name == "postgresql":
        simple: ColumnElement[Any] = literal_column("'simple'::regconfig")
        asked = func.to_tsquery(simple, " & ".join(f"{word}:*" for word in words))
        return func.to_tsvector(simple, EvidenceWords.words).op("@@")(asked)
    return and_(*(EvidenceWords.words.contains(f" {word}", autoescape=True) for word in words))


def _participants_shown(ids: Sequence[int]) -> Select[Participant]:
    query = select(Participant).join(Participant.user).where(Participant.id.in_(ids))
    return query.options(contains_eager(Participant.user))


def _items_shown(ids: Sequence[int]) -> Select[EvidenceItem]:
    whose = joinedload(EvidenceItem.participant).joinedload(Participant.user)
    query = select(EvidenceItem).where(EvidenceItem.id.in_(ids))
    return query.options(whose, joinedload(EvidenceItem.current))


KINDS = {
    "people": Kind(frozenset({Role.COACH, *STAFF}), _people, _participants_shown),
    "coaches": Kind(frozenset(STAFF), _coaches, lambda ids: select(User).where(User.id.in_(ids))),
    "schools": Kind(
        frozenset(STAFF), _schools, lambda ids: select(School).where(School.id.in_(ids))
    ),
    "evidence": Kind(frozenset(Role), _evidence, _items_shown),
}
