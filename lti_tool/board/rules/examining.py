"""Which scripts an external examiner sees: the moderator's sample, all fails, all borderlines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from string import ascii_uppercase

from lti_tool.grades.rules.sampling import Entry, SampleRule, draw

GRANTED = "You asked for it"


@dataclass(frozen=True, slots=True)
class Released:
    """A released mark, as far as a sample is drawn from it."""

    attempt_id: int
    judged: int  # what the markers stand by
    mark: int  # what counts
    marker_id: int


def sample(
    released: Sequence[Released],
    rule: SampleRule,
    seed: str,
    *,
    moderated: Mapping[int, Sequence[str]],
    granted: Collection[int] = (),
) -> dict[int, list[str]]:
    """Attempt id → why the examiner sees it.

    Where no moderator has looked at a sample, one is drawn by the same rule from the seed of the
    appointment, so that there is one over the whole range whatever the module's way of marking.
    """
    found: dict[int, list[str]] = {}
    drawn = {one.attempt_id: moderated[one.attempt_id] for one in released
             if one.attempt_id in moderated}  # fmt: skip
    if not drawn:
        entries = [Entry(one.attempt_id, one.judged, one.marker_id) for one in released]
        drawn = dict(draw(entries, rule, seed))
    for one in released:
        why = _nature(one, rule)
        why += [each for each in drawn.get(one.attempt_id, ()) if each not in why]
        if one.attempt_id in granted:
            why.append(GRANTED)
        if why:
            found[one.attempt_id] = why
    return found


def _nature(one: Released, rule: SampleRule) -> list[str]:
    why = []
    if min(one.judged, one.mark) < rule.pass_mark:
        why.append("Below the pass mark")
    floor = rule.floor_near(one.judged)
    if floor is not None:
        why.append(f"Within {rule.borderline} of {floor}")
    return why


def letter(place: int) -> str:
    """What stands for a marker's name: A to Z, then AA."""
    before, last = divmod(place, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[last]


def visit_before(visits: Sequence[tuple[date, datetime]]) -> datetime | None:
    """When the examiner came on the last day before the one on which they came last, or None."""
    newest = max((day for day, _ in visits), default=None)
    return max((moment for day, moment in visits if day != newest), default=None)
