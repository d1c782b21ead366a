"""Which of a module's marks a moderator looks at: drawn by rule, so that anyone can draw it again.

A seed fixes the order in which marks are taken. Each mark has its own place in that order, whatever
others there are and however they are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Entry:
    """One mark that can be drawn."""

    attempt_id: int
    mark: int
    marker_id: int


@dataclass(frozen=True, slots=True)
class Band:
    """The name for marks from its floor up to the next."""

    floor: int
    name: str


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How much a moderator looks at, as the programme says."""

    all_below: int
    at_least: int
    per_band: int
    borderline: int  # how near to the floor of a band; 0: nothing is borderline
    pass_mark: int
    bands: tuple[Band, ...]
    at_most: int | None = None

    def band_of(self, mark: int) -> Band:
        """The band that a mark lies in."""
        return max((band for band in self.bands if band.floor <= mark), key=lambda one: one.floor)

    def floor_near(self, mark: int) -> int | None:
        """The floor that a mark is borderline to, or None."""
        floors = [band.floor for band in self.bands if band.floor > 0]
        nearest = min(floors, key=lambda floor: abs(mark - floor), default=None)
        if not self.borderline or nearest is None or abs(mark - nearest) > self.borderline:
            return None
        return nearest


@dataclass(frozen=True, slots=True)
class BandCover:
    """How much of one band is in the sample."""

    band: Band
    marks: int
    drawn: int
    lacking: int  # how many the sample is short of what the rule asks for


def draw(entries: Collection[Entry], rule: SampleRule, seed: str) -> dict[int, list[str]]:
    """The sample: attempt id → why it is in it.

    All fails, the asked number of each band and one of each marker are in it whatever the upper
    limit is; what is borderline and what makes up the number only as long as there is room.
    """
    ordered = sorted(entries, key=lambda one: _place(one, seed))
    if len(ordered) < rule.all_below:
        why = f"Fewer than {rule.all_below} in all"
        return {one.attempt_id: [why, *_nature(one, rule)] for one in ordered}
    drawn: dict[int, list[str]] = {}
    limit = len(ordered) if rule.at_most is None else rule.at_most
    _take(drawn, (one for one in ordered if one.mark < rule.pass_mark), "")
    for marker in sorted({one.marker_id for one in ordered}):
        _fill_up(drawn, [one for one in ordered if one.marker_id == marker], 1, "For its marker")
    for band in rule.bands:
        of_band = [one for one in ordered if rule.band_of(one.mark) == band]
        _fill_up(drawn, of_band, rule.per_band, f"For the band {band.name}")
    near = [one for one in ordered if rule.floor_near(one.mark) is not None]
    _take(drawn, near, "", limit)
    _take(drawn, ordered, f"To make up {rule.at_least}", min(limit, rule.at_least))
    by_id = {one.attempt_id: one for one in ordered}
    return {key: [*_nature(by_id[key], rule), *why] for key, why in drawn.items()}


def cover(entries: Iterable[Entry], drawn: Collection[int], rule: SampleRule) -> list[BandCover]:
    """Band by band, the highest first: how many marks lie in it, and how many are looked at."""
    marks = list(entries)
    found = []
    for band in sorted(rule.bands, key=lambda one: -one.floor):
        of_band = [one for one in marks if rule.band_of(one.mark) == band]
        seen = sum(one.attempt_id in drawn for one in of_band)
        wanted = min(rule.per_band, len(of_band))
        found.append(BandCover(band, len(of_band), seen, max(0, wanted - seen)))
    return found


def _place(entry: Entry, seed: str) -> tuple[bytes, int]:
    return sha256(f"{seed}:{entry.attempt_id}".encode()).digest(), entry.attempt_id


def _nature(entry: Entry, rule: SampleRule) -> list[str]:
    """What the mark itself says about why it is looked at."""
    found = []
    if entry.mark < rule.pass_mark:
        found.append("Below the pass mark")
    floor = rule.floor_near(entry.mark)
    if floor is not None:
        found.append(f"Within {rule.borderline} of {floor}")
    return found


def _take(
    drawn: dict[int, list[str]], entries: Iterable[Entry], why: str, limit: int | None = None
) -> None:
    for one in entries:
        if limit is not None and len(drawn) >= limit:
            return
        if one.attempt_id not in drawn:
            drawn[one.attempt_id] = [why] if why else []


def _fill_up(drawn: dict[int, list[str]], members: Sequence[Entry], wanted: int, why: str) -> None:
    """Take as many as are still wanted of those that belong together."""
    left = [one for one in members if one.attempt_id not in drawn]
    has = len(members) - len(left)
    _take(drawn, left[: max(0, wanted - has)], why)
