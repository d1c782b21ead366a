"""What a set of marks looks like as a whole: mean, spread, pass rate, and how many in each band.

Worked out in whole numbers and fractions; a figure is rounded once, where it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import isqrt

FEW = 5  # of fewer marks figures would tell of single people, and mean little
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Result:
    """One mark, and whether it is a pass in its own programme."""

    mark: int
    is_pass: bool


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many marks lie in a band, and what share of all they are."""

    name: str
    floor: int
    count: int
    share: Fraction

    @property
    def percent(self) -> int:
        """The share in whole hundredths."""
        return _nearest(self.share * 100)


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one set of marks; without any where there are too few."""

    count: int
    mean: Fraction | None = None
    variance: Fraction | None = None  # of the whole population, not of a sample from it
    passes: int | None = None
    lowest: int | None = None
    highest: int | None = None
    bands: tuple[BandCount, ...] = ()

    @property
    def has_figures(self) -> bool:
        """Whether there are enough marks to say more than their number."""
        return self.mean is not None

    @property
    def shown_mean(self) -> str:
        """With one decimal."""
        return "" if self.mean is None else tenths(self.mean)

    @property
    def shown_deviation(self) -> str:
        """The standard deviation of the population, with one decimal."""
        return "" if self.variance is None else _root_in_tenths(self.variance)

    @property
    def pass_percent(self) -> int | None:
        """The share of passes in whole hundredths."""
        if self.passes is None:
            return None
        return _nearest(Fraction(self.passes * 100, self.count))


def summarise(
    results: Iterable[Result], bands: Sequence[tuple[int, str]], *, fewest: int = FEW
) -> Summary:
    """The figures of a set of marks. `bands` are (floor, name), in any order."""
    found = list(results)
    count = len(found)
    if not count or count < fewest:
        return Summary(count)
    marks = [one.mark for one in found]
    mean = Fraction(sum(marks), count)
    return Summary(
        count=count,
        mean=mean,
        variance=Fraction(sum(mark * mark for mark in marks), count) - mean * mean,
        passes=sum(one.is_pass for one in found),
        lowest=min(marks),
        highest=max(marks),
        bands=_bands(marks, bands),
    )


def by_year(
    years: Mapping[int, Iterable[Result]], bands: Sequence[tuple[int, str]], *, fewest: int = FEW
) -> list[tuple[int, Summary]]:
    """The figures of each year, the newest first."""
    return [
        (year, summarise(years[year], bands, fewest=fewest)) for year in sorted(years, reverse=True)
    ]


def tenths(value: Fraction) -> str:
    """A number with one decimal, halves up."""
    exact = Decimal(value.numerator * 10) / Decimal(value.denominator)
    return str((exact.quantize(Decimal(1), ROUND_HALF_UP) / 10).quantize(TENTH))


def _bands(marks: Sequence[int], bands: Sequence[tuple[int, str]]) -> tuple[BandCount, ...]:
    ordered = sorted(bands, reverse=True)
    counts = dict.fromkeys(ordered, 0)
    for mark in marks:
        counts[next(band for band in ordered if mark >= band[0])] += 1
    return tuple(
        BandCount(name, floor, number, Fraction(number, len(marks)))
        for (floor, name), number in counts.items()
    )


def _nearest(value: Fraction) -> int:
    """The nearest whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _root_in_tenths(variance: Fraction) -> str:
    """The root of a fraction with one decimal, halves up, without a float on the way.

    In tenths it is ⌊10·√v + ½⌋, which is ⌊(⌊√(400·v)⌋ + 1) / 2⌋.
    """
    doubled = isqrt((400 * variance.numerator) // variance.denominator)
    nearest = (doubled + 1) // 2
    return f"{nearest // 10}.{nearest % 10}"
