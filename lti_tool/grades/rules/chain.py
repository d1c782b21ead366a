"""From several markers to one mark: where an attempt stands, what may be done next and by whom.

The states and the ways between them are those of docs/lifecycles.md, “The markers of an attempt”.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

FIRST, SECOND, THIRD = "first", "second", "third"
PAIR = (FIRST, SECOND)
ROLES = (*PAIR, THIRD)
ORDINALS = {FIRST: "1st", SECOND: "2nd", THIRD: "3rd"}

NOT_YOURS = "You do not mark this work in that role."
BEGUN = "This marker has begun. Say why somebody takes their place."
NOBODY: Mapping[int, str] = MappingProxyType({})


class State(StrEnum):
    """How far the markers of one attempt are."""

    ALLOCATED = "allocated"  # nobody has begun
    IN_MARKING = "in_marking"  # begun, and no mark is final
    FIRST_MARKED = "first_marked"
    SECOND_MARKED = "second_marked"  # the second marker was quicker
    DISAGREED = "disagreed"  # both are final and nothing is settled
    WITH_THIRD = "with_third"  # a third marker is at it
    THIRD_MARKED = "third_marked"  # and has yet to say why this mark decides
    AGREED = "agreed"


class Act(StrEnum):
    """What a marker, or the lead, does in the chain."""

    SAVE = "save"
    FINALISE = "finalise"
    REOPEN = "reopen"  # one's own mark
    PROPOSE = "propose"
    ACCEPT = "accept"
    APPOINT = "appoint"  # a third marker
    DECIDE = "decide"  # as the third marker
    TAKE_UP = "take_up"  # what was agreed, to correct it


@dataclass(frozen=True)
class Progress:
    """What there is of one attempt's marks: role → “draft” or “final”, and what came of them."""

    is_double: bool
    marks: Mapping[str, str] = field(default_factory=dict)
    has_third: bool = False
    is_agreed: bool = False
    proposed_by: str | None = None  # the role whose proposal is the newest

    @property
    def is_revealed(self) -> bool:
        """Whether the two of a blind pair may know of each other's marks."""
        return all(self.marks.get(role) == "final" for role in PAIR)


def state_of(progress: Progress) -> State:
    """Where the attempt stands."""
    if progress.is_agreed:
        return State.AGREED
    if progress.is_double and progress.is_revealed:
        if not progress.has_third:
            return State.DISAGREED
        third = progress.marks.get(THIRD)
        return State.THIRD_MARKED if third == "final" else State.WITH_THIRD
    if progress.marks.get(FIRST) == "final":
        return State.FIRST_MARKED
    if progress.is_double and progress.marks.get(SECOND) == "final":
        return State.SECOND_MARKED
    return State.IN_MARKING if progress.marks else State.ALLOCATED


def is_settled(progress: Progress) -> bool:
    """Whether there is one mark: the only marker's, or the one that the markers came to."""
    if progress.is_double:
        return progress.is_agreed
    return progress.marks.get(FIRST) == "final"


def why_not(act: Act, role: str | None, progress: Progress) -> str | None:
    """Why somebody who marks in this role may not do this now, or None. The lead has none."""
    if act is Act.APPOINT:
        return _why_not_appoint(progress)
    if role is None or (role != FIRST and not progress.is_double):
        return NOT_YOURS
    if act in {Act.SAVE, Act.FINALISE}:
        return _why_not_write(role, progress)
    if act is Act.REOPEN:
        return _why_not_reopen(role, progress)
    if not progress.is_double:
        return "This module has one marker, so there is nothing to agree."
    if act is Act.DECIDE:
        return _why_not_decide(role, progress)
    if act is Act.TAKE_UP:
        return _why_not_take_up(role, progress)
    return _why_not_discuss(act, role, progress)


def may_read(role: str | None, own: str | None, progress: Progress, *, is_lead: bool) -> bool:
    """Whether somebody who marks as `own` (None: nobody here) may read the mark of `role`.

    A draft is its marker's alone. Of a blind pair nobody else reads anything before both marks are
    final, not even the lead: a lead may be asked to mark.
    """
    if role is None:
        return False
    if own == role:
        return True
    if progress.marks.get(role) != "final":
        return False
    if not progress.is_double:
        return is_lead
    return progress.is_revealed and (own is not None or is_lead)


def knows_markers(own: str | None, progress: Progress, *, is_lead: bool) -> bool:
    """Whether somebody may know who the others are: of a blind pair, once both marks are final."""
    if not progress.is_double or progress.is_revealed:
        return True
    return is_lead and own is None


def sees_name(
    own: str | None,
    offered: str | None,
    *,
    is_double: bool,
    is_lead: bool,
    is_moderator: bool = False,
) -> bool:
    """Whether somebody sees the participant's name at the work, or their candidate number only.

    Who supervises is first marker and knows the person; second and third markers need not, and
    neither need whoever moderates the mark.
    """
    if is_moderator and own is None:
        return False
    if not is_double or FIRST in {own, offered}:
        return True
    return own is None and is_lead


def laid_aside(role: str, number: int) -> str:
    """What the role of a mark becomes when somebody else takes its marker's place."""
    return f"{role}-{number}"


def role_before(marking_role: str) -> str | None:
    """The role in which a mark was begun that is laid aside; None for a mark that counts."""
    role, _, number = marking_role.partition("-")
    return role if number else None


def free_role(
    taken: Mapping[str, int],
    user_id: int,
    *,
    is_double: bool,
    former: Mapping[int, str] = NOBODY,
) -> str | None:
    """The role in which somebody marks: their own, else the first that is free, else none.

    `taken`: role → who marks in it; `former`: who was replaced → in which role. A third marker is
    always appointed, and whoever was replaced comes back only if the lead asks them to.
    """
    for role, holder in taken.items():
        if holder == user_id:
            return role
    if user_id in former:
        return None
    roles = PAIR if is_double else (FIRST,)
    return next((role for role in roles if role not in taken), None)


def why_not_give(
    role: str,
    user_id: int,
    taken: Mapping[str, int],
    progress: Progress,
    *,
    former: Mapping[int, str] = NOBODY,
    has_reason: bool = False,
) -> str | None:
    """Why this person cannot be made the marker in this role, or None.

    In the place of somebody who has begun only with a reason.
    """
    if role not in ROLES:
        return "Choose first, second or third marker."
    if role != FIRST and not progress.is_double:
        return "This module has one marker."
    if role == THIRD and (reason := why_not(Act.APPOINT, None, progress)):
        return reason
    if progress.is_agreed or progress.marks.get(role) == "final":
        return "This mark is final, so nobody takes the marker’s place."
    if role in progress.marks and not has_reason:
        return BEGUN
    if former.get(user_id, role) != role:
        return "They began to mark this work in another role. Choose somebody else."
    if any(holder == user_id for other, holder in taken.items() if other != role):
        return "Nobody marks the same work twice. Choose somebody else."
    return None


def agreed_by_rule(one: int, other: int, within: int, floors: Sequence[int]) -> int | None:
    """The mean of two marks that lie near each other and in one band, rounded half up once."""
    if abs(one - other) > within or band_of(one, floors) != band_of(other, floors):
        return None
    return (one + other + 1) // 2


def band_of(mark: int, floors: Sequence[int]) -> int:
    """The floor of the band that a mark lies in."""
    return max((floor for floor in floors if floor <= mark), default=0)


def floor_between(one: int, other: int, floors: Sequence[int]) -> list[int]:
    """The floors of bands that lie between two marks, the lowest first."""
    low, high = sorted((one, other))
    return sorted(floor for floor in floors if low < floor <= high)


def joined(one: str, other: str) -> str:
    """Two markers' words as one text; what both say stands there once."""
    parts = dict.fromkeys(text.strip() for text in (one, other))
    return "\n\n".join(part for part in parts if part)


def joined_criteria(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """What two markers say by criterion."""
    return {code: joined(one.get(code, ""), other.get(code, "")) for code in {**one, **other}}


def _why_not_write(role: str, progress: Progress) -> str | None:
    if progress.marks.get(role) == "final":
        return "This mark is final. Open it for correction first."
    if role == THIRD and not (progress.has_third and progress.is_revealed):
        return "A third marker begins once the two marks are final and not agreed."
    if progress.is_agreed:
        return "The markers have agreed. Take up what was agreed to correct it."
    return None


def _why_not_reopen(role: str, progress: Progress) -> str | None:
    if progress.marks.get(role) != "final":
        return "This mark is not final, so there is nothing to open."
    if progress.is_agreed:
        return "The markers have agreed. Take up what was agreed to correct it."
    if progress.is_double and role in PAIR and progress.is_revealed:
        # Whoever knows the other's mark cannot give a blind one any more.
        return "Both markers know both marks now, so these stay as they are. Agree on one mark."
    return None


def _why_not_appoint(progress: Progress) -> str | None:
    if not progress.is_double:
        return "This module has one marker."
    if progress.is_agreed:
        return "The markers have agreed, so there is nothing for a third marker."
    if not progress.is_revealed:
        return "A third marker is asked once both marks are final and not agreed."
    return None


def _why_not_discuss(act: Act, role: str, progress: Progress) -> str | None:
    if role not in PAIR:
        return "The two markers agree between them; a third marker decides."
    state = state_of(progress)
    if state is State.AGREED:
        return "The markers have agreed already."
    if state in {State.WITH_THIRD, State.THIRD_MARKED}:
        return "A third marker decides about this work."
    if state is not State.DISAGREED:
        return "Both marks have to be final before the markers agree."
    if act is Act.ACCEPT and progress.proposed_by is None:
        return "Nothing is proposed yet."
    if act is Act.ACCEPT and progress.proposed_by == role:
        return "You proposed this, so the other marker accepts it."
    return None


def _why_not_decide(role: str, progress: Progress) -> str | None:
    if role != THIRD:
        return "Only the third marker decides."
    if progress.is_agreed:
        return "The markers have agreed already."
    if state_of(progress) is not State.THIRD_MARKED:
        return "Make your mark final before you decide."
    return None


def _why_not_take_up(role: str, progress: Progress) -> str | None:
    if not progress.is_agreed:
        return "Nothing is agreed yet, so there is nothing to take up again."
    if progress.has_third and role != THIRD:
        return "A third marker decided about this work, and takes it up again."
    return None
