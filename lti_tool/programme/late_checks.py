"""Whether the rules for late work and further attempts of a programme file have their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

TAKES_OFF = ("marks_per_working_day", "percent_of_mark", "marks_per_24h")


def adjustments_are_sound(
    data: dict[Any, Any], is_sound: Callable[..., bool]
) -> Iterator[tuple[str, str]]:
    """Each preset has the numbers that it needs, and none that it would never read."""
    if is_sound("late"):
        late = data["late"]
        rule = late["rule"]
        if rule in TAKES_OFF and not late["deduct"]:
            yield "late.deduct", f"is missing or 0. Say how much {rule} takes off for each."
        if rule not in TAKES_OFF and late["deduct"]:
            yield "late.deduct", f"says nothing under {rule}. Leave it out."
        if rule == "refuse" and late["zero_after_days"]:
            yield "late.zero_after_days", "says nothing where late work is refused. Leave it out."
    if is_sound("reassessment.cap", "pass_mark") and (
        data["reassessment"]["cap"] < data["pass_mark"]
    ):
        yield (
            "reassessment.cap",
            f"is under the pass mark of {data['pass_mark']}, so that nobody could pass a further "
            "attempt. Raise it.",
        )
