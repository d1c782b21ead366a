"""Evidence with its versions, what coaches signed, and what a manifest says of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lti_tool.cli.demo.crowd.lives import Life
from lti_tool.evidence.models import (
    Attestation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
    Upload,
)
from lti_tool.evidence.rules import Content, State, content_facts, content_hash, digest
from lti_tool.programme.definition import Module

OPENINGS = (
    "A ten-question check before the unit", "Lesson study with the parallel class",
    "Routines at the start of the lesson", "Whole-class feedback in writing",
    "Questions that make pupils talk", "Running records of six readers",
    "Retrieval practice in science", "Reading aloud across the curriculum",
    "Planning with the teaching assistant", "Working with families on attendance",
)  # fmt: skip
SAID = "I was there for a part of it, and the account is a fair one of what was done and found."
# What the newest work is in, again and again.
FRESH = (State.ATTESTED, State.REQUESTED, State.DRAFT, State.ATTESTED, State.SHARED, State.RETURNED)


def write_evidence(life: Life) -> dict[str, list[dict[str, Any]]]:
    """All evidence; answers, by module, what would go into a manifest."""
    done = len(life.done)
    modules = life.place.programme.modules[: done + 1]  # one more is worked on, where one is left
    kept: dict[str, list[dict[str, Any]]] = {module.code: [] for module in modules}
    for index in range(life.items):
        module = modules[index * len(modules) // life.items]
        facts = _evidence(life, index, module, is_done=module in life.done)
        if facts is not None:
            kept[module.code].append(facts)
    return kept


def _evidence(life: Life, index: int, module: Module, *, is_done: bool) -> dict[str, Any] | None:
    """An item with its versions; answers what a manifest says of it, None if it is not in."""
    moment = life.begun_at + timedelta(
        days=20 + (life.days - life.quiet - 25) * index // life.items
    )
    state = _state_of(index, is_done=is_done)
    by_coach = index % 11 == 10
    author = life.supporters.coach_id if by_coach else life.user_id
    versions = 2 if index % 8 == 5 else 1
    item = life.load.add(
        EvidenceItem,
        provider_id=life.place.provider_id,
        participant_id=life.id,
        author_id=author,
        state=state.value,
        created_at=moment,
        changed_at=moment + timedelta(days=versions),
        requested_at=moment if state in (State.REQUESTED, State.ATTESTED) else None,
        current_version=versions,
        shared_from_version=None if state is State.DRAFT else 1,
    )
    life.told(moment, "evidence.added", EvidenceItem, item, by=author)
    strands = life.random.sample(
        [each.id for each in life.place.programme.strands if module.accepts(each.id)]
        or [life.place.programme.strands[0].id],
        k=life.random.choice((1, 1, 2)),
    )
    content = Content(
        title=f"{OPENINGS[index % len(OPENINGS)]}, part {index // len(OPENINGS) + 1}",
        narrative=life.words(3),
        activity_on=moment.date(),
        module_code=module.code,
        strands=tuple(strands),
        duty="d" if by_coach else None,
    )
    facts: dict[str, Any] = {}
    for number in range(1, versions + 1):
        facts = _version(life, item, number, author, content, moment)
    # One in ten was revised after it was signed.
    if state is State.ATTESTED or (state is State.SHARED and versions > 1):
        _sign(life, facts, moment, is_current=state is State.ATTESTED)
    return None if state in (State.WITHDRAWN, State.DRAFT) else facts


def _version(
    life: Life, item: int, number: int, author: int, content: Content, moment: datetime
) -> dict[str, Any]:
    facts = content_facts(content, ())
    version = life.load.add(
        EvidenceVersion,
        item_id=item,
        number=number,
        author_id=author,
        title=content.title,
        narrative=content.narrative,
        activity_on=content.activity_on,
        module_code=content.module_code,
        duty=content.duty,
        created_at=moment + timedelta(days=number - 1),
        content_hash=content_hash(facts),
    )
    for strand in content.strands:
        life.load.add(StrandClaim, version_id=version, strand=strand)
    if item % 2:
        life.load.add(
            Upload, version_id=version, position=0, sha256=digest(f"{item}"), size=24_000,
            media_type="application/pdf", filename="notes.pdf",
        )  # fmt: skip
    role = "participant" if author == life.user_id else "coach"
    return {
        "item": item,
        "version": number,
        "version_id": version,
        "before": None if number == 1 else version - 1,
        "content_hash": content_hash(facts),
        **facts,
        "author": {
            "id": author,
            "role": role,
            "name": None if role == "participant" else life.supporters.coach_name,
        },
        "attestations": [],
    }


def _sign(life: Life, facts: dict[str, Any], moment: datetime, *, is_current: bool) -> None:
    coach = life.supporters
    found = life.load.add(
        Attestation,
        version_id=facts["version_id"] if is_current else facts["before"],
        content_hash=facts["content_hash"],
        coach_id=coach.coach_id,
        allocation_id=life.coach_period,
        decision="signed",
        statement=SAID,
        signed_at=moment + timedelta(days=3),
        authenticated_by="launch",
    )
    life.told(
        moment + timedelta(days=3), "attestation.signed", Attestation, found, by=coach.coach_id
    )
    facts["attestations"].append(
        {
            "id": found,
            "coach": {"id": coach.coach_id, "name": coach.coach_name},
            "allocation": life.coach_period,
            "authenticated_by": "launch",
            "statement": SAID,
            "duty": None,
            "signed_at": (moment + timedelta(days=3)).isoformat(),
            "version": facts["version"],
            "content_hash": facts["content_hash"],
            "valid": is_current,
        }
    )


def _state_of(index: int, *, is_done: bool) -> State:
    if not is_done:
        return FRESH[index % len(FRESH)]
    if index % 10 == 3:
        return State.SHARED
    return State.WITHDRAWN if index % 17 == 6 else State.ATTESTED
