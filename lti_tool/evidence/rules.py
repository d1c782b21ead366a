"""The life of an evidence item, what its content must be, and what its digests are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

from lti_tool.evidence.declaration import declaration_facts, declaration_problems
from lti_tool.programme.definition import Programme

EARLIEST = date(2000, 1, 1)
LONGEST_TITLE = 200
LONGEST_NARRATIVE = 50_000
LONGEST_SETTING = 200
LONGEST_RATIONALE = 2_000
MOST_LINKS = 10
LONGEST_LINK = 500
RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read for another one


class State(StrEnum):
    """Where an item is between its author and the coach."""

    DRAFT = "draft"
    SHARED = "shared_with_coach"
    REQUESTED = "attestation_requested"
    ATTESTED = "attested"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"
    REMOVED = "removed"


# Out of everybody's sight after a report of a problem: until it is decided, and for good.
HELD = frozenset({State.QUARANTINED, State.REMOVED})
# What counts for nothing any more, whatever it was before.
GONE = HELD | {State.WITHDRAWN}
# In these an item is there for its author at most. No deed leads from another state to a draft.
PRIVATE = GONE | {State.DRAFT}


class Deed(StrEnum):
    """What a person may do with an item."""

    REVISE = "revise"
    ASK = "ask"
    WITHDRAW = "withdraw"
    SIGN = "sign"
    SEND_BACK = "send_back"
    SUBMIT = "submit"


LIFE: dict[Deed, dict[State, State]] = {
    # A new version is not attested yet; whoever has seen the item before still sees it.
    Deed.REVISE: {
        State.DRAFT: State.DRAFT,
        State.SHARED: State.SHARED,
        State.REQUESTED: State.REQUESTED,
        State.ATTESTED: State.SHARED,
        State.RETURNED: State.SHARED,
    },
    Deed.ASK: {
        State.DRAFT: State.REQUESTED,
        State.SHARED: State.REQUESTED,
        State.REQUESTED: State.REQUESTED,
        State.RETURNED: State.REQUESTED,
    },
    Deed.WITHDRAW: {state: State.WITHDRAWN for state in State if state not in GONE},
    Deed.SIGN: {
        State.SHARED: State.ATTESTED,
        State.REQUESTED: State.ATTESTED,
        State.RETURNED: State.ATTESTED,
    },
    Deed.SEND_BACK: {State.SHARED: State.RETURNED, State.REQUESTED: State.RETURNED},
    # What a marker reads is no private draft any more.
    Deed.SUBMIT: {
        state: State.SHARED if state is State.DRAFT else state
        for state in State
        if state not in GONE
    },
}

REASONS: dict[tuple[Deed, State], str] = {
    (Deed.ASK, State.ATTESTED): "This version is attested already; there is nothing to ask for.",
    (Deed.SIGN, State.ATTESTED): "This version is attested already.",
    (Deed.SIGN, State.DRAFT): "This is a draft: it has not been shared.",
    (Deed.SEND_BACK, State.ATTESTED): "This version is attested already, so it stays attested.",
    (Deed.SEND_BACK, State.RETURNED): "This version has been sent back already.",
    (Deed.SEND_BACK, State.DRAFT): "This is a draft: it has not been shared.",
}

OVER: dict[State, str] = {
    State.WITHDRAWN: "This evidence has been withdrawn.",
    State.QUARANTINED: "A problem with this evidence was reported, and it is not decided yet.",
    State.REMOVED: "This evidence was removed after a problem with it was reported.",
}


@dataclass(frozen=True, slots=True)
class Move:
    """The state that a deed leads to, or the reason why it cannot be done."""

    to: State | None
    reason: str = ""


def move(state: State, deed: Deed) -> Move:
    """What a deed does to an item in this state."""
    if to := LIFE[deed].get(state):
        return Move(to)
    if state in OVER:
        return Move(None, OVER[state])
    return Move(None, REASONS[deed, state])


class StoredFile(Protocol):
    """What counts of a file: its bytes by their digest, and how they are shown."""

    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def media_type(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def alt_text(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Content:
    """What a version of an item says."""

    title: str
    narrative: str
    activity_on: date
    module_code: str
    strands: tuple[str, ...]
    duty: str | None = None
    setting: str | None = None
    rationales: dict[str, str] = field(default_factory=dict)  # strand → why
    links: tuple[str, ...] = ()
    impact_record_id: int | None = None
    target_id: int | None = None
    pupils: str | None = None
    permission_by: str | None = None
    permission_basis: str | None = None


def content_problems(
    programme: Programme, content: Content, today: date, *, by_coach: bool
) -> dict[str, str]:
    """What is wrong with a content, as a sentence for each form field."""
    known = {strand.id for strand in programme.strands}
    duties = {duty.id for duty in programme.duties}
    checks = {
        "title": (
            (not has_words(content.title), "Give the evidence a title."),
            (
                len(content.title) > LONGEST_TITLE,
                f"The title must be {LONGEST_TITLE} characters or fewer.",
            ),
        ),
        "narrative": (
            (
                len(content.narrative) > LONGEST_NARRATIVE,
                f"The text must be {LONGEST_NARRATIVE:,} characters or fewer. "
                "Put a longer text in a file.",
            ),
        ),
        "strands": (
            (not content.strands, "Choose at least one strand that this is evidence for."),
            (not known.issuperset(content.strands), "Choose strands from the list only."),
        ),
        "activity_on": (
            (content.activity_on > today, "The date of the activity cannot be in the future."),
            (content.activity_on < EARLIEST, "The date of the activity must be in 2000 or later."),
        ),
        "module": (
            (
                content.module_code not in {module.code for module in programme.modules},
                "Choose a module of your programme.",
            ),
        ),
        "duty": (
            (by_coach and content.duty is None, "Choose the coaching duty that this belongs to."),
            (content.duty is not None and content.duty not in duties, "Choose a duty from a to h."),
        ),
    }
    found = {
        field: next(sentence for wrong, sentence in each if wrong)
        for field, each in checks.items()
        if any(wrong for wrong, _ in each)
    }
    return {**found, **_further_problems(content), **declaration_problems(content)}


def has_words(text: str) -> bool:
    """Whether there is something to be seen: a link without it cannot be followed."""
    return any(each.isprintable() and not each.isspace() for each in text)


def _further_problems(content: Content) -> dict[str, str]:
    """What is wrong with what may be left out."""
    problems = {}
    if len(content.setting or "") > LONGEST_SETTING:
        problems["setting"] = f"Use {LONGEST_SETTING} characters or fewer."
    for strand, why in content.rationales.items():
        if len(why) > LONGEST_RATIONALE:
            problems[f"rationale-{strand}"] = f"Use {LONGEST_RATIONALE:,} characters or fewer."
    if len(content.links) > MOST_LINKS:
        problems["links"] = f"Give at most {MOST_LINKS} web links."
    for link in content.links:
        if not is_web_link(link):
            shown = link if len(link) <= 80 else f"{link[:80]}…"
            problems["links"] = f"“{shown}” is no web address. It begins with https:// or http://."
    return problems


def is_web_link(text: str) -> bool:
    """Whether a browser would go to another site by it, and do nothing else."""
    if len(text) > LONGEST_LINK or any(each.isspace() or not each.isprintable() for each in text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and parts.username is None


def canonical(value: Any) -> str:
    """The one way to write a value as JSON, so that the same content has the same digest."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of a text's bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_facts(file: StoredFile) -> dict[str, Any]:
    """A file as it stands in a manifest; its words only where there are any, as in old ones."""
    facts = {
        "sha256": file.sha256,
        "size": file.size,
        "media_type": file.media_type,
        "filename": file.filename,
    }
    return {**facts, "alt_text": file.alt_text} if file.alt_text else facts


def content_facts(content: Content, files: Iterable[StoredFile]) -> dict[str, Any]:
    """A version's content as it stands in a manifest; what is not said is not in it, as before."""
    facts = {
        "title": content.title,
        "narrative": content.narrative,
        "activity_on": content.activity_on.isoformat(),
        "module": content.module_code,
        "strands": sorted(content.strands),
        "duty": content.duty,
        "files": [file_facts(file) for file in files],
    }
    return {**facts, **_further_facts(content), **declaration_facts(content)}


def _further_facts(content: Content) -> dict[str, Any]:
    why = {name: text for name, text in content.rationales.items() if text}
    further = {
        "setting": content.setting,
        "rationales": {name: why[name] for name in content.strands if name in why},
        "links": list(content.links),
        "impact_record": content.impact_record_id,
        "target": content.target_id,
    }
    return {name: value for name, value in further.items() if value}


def content_hash(facts: dict[str, Any]) -> str:
    """The digest that an attestation names; `facts` as `content_facts` makes them."""
    return digest(canonical(facts))


def receipt_number(module_code: str, chosen: Sequence[int]) -> str:
    """A number that can be read out over a telephone, such as MTL1-7K3F-2Q."""
    letters = "".join(RECEIPT_LETTERS[number % len(RECEIPT_LETTERS)] for number in chosen)
    return f"{module_code}-{letters[:4]}-{letters[4:]}"
