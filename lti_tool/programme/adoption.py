"""What another version of the programme would mean for one participant, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lti_tool.programme.comparison import judged_differently
from lti_tool.programme.completion import unmet
from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import (
    ParticipantFacts,
    credits_earned,
    open_modules,
    recognised_modules,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one participant; with a refusal nothing does, and they stay."""

    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def may_adopt(self) -> bool:
        return not self.refusals


def within(programme: Programme, facts: ParticipantFacts) -> ParticipantFacts:
    """The facts as this version can read them: without claims for what it does not have."""
    strands = {strand.id for strand in programme.strands}
    modules = {module.code for module in programme.modules}
    claims = tuple(
        claim for claim in facts.claims if claim.strand in strands and claim.module_code in modules
    )
    return facts if len(claims) == len(facts.claims) else replace(facts, claims=claims)


def effect(before: Programme, after: Programme, facts: ParticipantFacts) -> Effect:
    """What moving from one version to the other would do to what this participant has."""
    return Effect(
        refusals=tuple(_refusals(before, after, facts)), notes=tuple(_notes(before, after, facts))
    )


def _refusals(before: Programme, after: Programme, facts: ParticipantFacts) -> Iterator[str]:
    """Nothing that was handed in or recognised may lose its place, its marker's questions or its
    feedback's headings."""
    known = {module.code for module in after.modules}
    criteria = {criterion.id for criterion in after.criteria}
    kept = {criterion.id for criterion in before.criteria} <= criteria
    for own in facts.modules:
        code = own.code
        if own.apl_pending and code not in known:
            yield f"Earlier study is claimed for {code}, which is not in this version."
        if own.submitted_at is None and not own.attempts:
            continue
        if code not in known:
            yield f"Work is handed in for {code}, which is not in this version."
        elif not kept:
            yield f"Work on {code} is judged by criteria that are not in this version."
        elif own.released_mark is None and judged_differently(before, after, code):
            yield f"Work on {code} waits for its mark, and this version judges it differently."
    for code in sorted(recognised_modules(before, facts) - recognised_modules(after, facts)):
        yield f"Earlier study is recognised for {code}, and would not count in this version."


def _notes(before: Programme, after: Programme, facts: ParticipantFacts) -> Iterator[str]:
    now, then = within(before, facts), within(after, facts)
    yield from _notes_on_evidence(before, after, now)
    earned, counted = credits_earned(before, now).total, credits_earned(after, then).total
    if earned != counted:
        yield f"Credits earned: {earned} now, {counted} then."
    opened, opens = open_modules(before, now), open_modules(after, then)
    if opened != opens:
        yield f"Can work on {_list(opened)} now; on {_list(opens)} then."
    asked, asks = ({each.label for each in unmet(p, f)} for p, f in ((before, now), (after, then)))
    if more := sorted(asks - asked):
        yield f"Further conditions for the award: {'; '.join(more)}."
    if fewer := sorted(asked - asks):
        yield f"No longer to be met for the award: {'; '.join(fewer)}."


def _notes_on_evidence(
    before: Programme, after: Programme, facts: ParticipantFacts
) -> Iterator[str]:
    modules = {module.code for module in after.modules}
    strands = {strand.id for strand in after.strands}
    for module in before.modules:
        items = {claim.item_id for claim in facts.claims_for(module.code)}
        if module.code not in modules and items:
            yield f"{_pieces(items)} for {module.code}, which goes. It stays on record."
    for strand in before.strands:
        items = {claim.item_id for claim in facts.claims if claim.strand == strand.id}
        if strand.id not in strands and items:
            yield f"{_pieces(items)} for strand {strand.id}, which goes. It stays on record."
    gone = sorted(facts.specialism - strands)
    if gone:
        yield f"The agreed specialism is in strands that go: {_list(gone)}."


def _pieces(items: set[int]) -> str:
    return f"{len(items)} {'piece' if len(items) == 1 else 'pieces'} of evidence"


def _list(codes: Iterable[str]) -> str:
    return ", ".join(codes) or "nothing"
