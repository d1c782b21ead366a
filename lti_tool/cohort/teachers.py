"""A coach's first page: what waits for them by age, and how each of their teachers is getting on.

Never a mark, and nothing that a mark could be read from: the pace is that of work handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lti_tool.clock import LONDON, today
from lti_tool.cohort import evidence_lists
from lti_tool.cohort.attention import AT_WORK
from lti_tool.cohort.pace import Line, line
from lti_tool.cohort.progress import Standing
from lti_tool.evidence import threads
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.threads import NewComments
from lti_tool.identity import Viewer
from lti_tool.learning.dialogues import talks_of
from lti_tool.learning.plans import last_dialogue
from lti_tool.people.participation import career_of, pauses_of
from lti_tool.people.states import State
from lti_tool.people.training import Training, trainings_of
from lti_tool.programme.coaching import Talk, Term, duty_counts, is_silent, last_talk, term_of
from lti_tool.programme.definition import CoachingDuty
from lti_tool.programme.progression import ModuleState
from lti_tool.programme.timing import Break, pace


@dataclass(frozen=True)
class Teacher:
    """One of a coach's teachers: when they last talked, what is thin, and the pace."""

    standing: Standing
    last_talk: date | None
    days: int | None
    silence: str
    term: Term
    thin: tuple[CoachingDuty, ...]
    pace: str
    line: Line | None


@dataclass(frozen=True)
class Asked:
    """A request for an attestation, and for how many days it has waited."""

    item: EvidenceItem
    days: int


@dataclass(frozen=True)
class CoachHome:
    """All that the page shows besides the plan's tasks."""

    asked: list[Asked]
    comments: list[NewComments]
    teachers: list[Teacher]
    training: Training


def coach_home(viewer: Viewer, found: Sequence[Standing]) -> CoachHome:
    """What the page shows of these teachers, in a number of queries that does not grow."""
    ids = [each.participant.id for each in found]
    talks, pauses = talks_of(ids), pauses_of(ids)
    return CoachHome(
        asked=asked(viewer, ids),
        comments=threads.new_comments(viewer, ids),
        teachers=[
            teacher(each, talks.get(each.participant.id, []), pauses[each.participant.id])
            for each in found
        ],
        training=trainings_of([viewer.user_id])[viewer.user_id],
    )


def asked(viewer: Viewer, participant_ids: Sequence[int]) -> list[Asked]:
    """The requests for an attestation, the longest wait first."""
    return [
        Asked(
            item, (today() - (item.requested_at or item.changed_at).astimezone(LONDON).date()).days
        )
        for item in evidence_lists.asked(viewer, participant_ids)
    ]


def teacher(standing: Standing, talks: Sequence[Talk], pauses: Sequence[Break]) -> Teacher:
    """How one teacher is getting on, as far as their coach may know."""
    programme, person, day = standing.programme, standing.participant, today()
    last = last_talk(talks, day)
    credits = credits_handed_in(standing)
    told = pace(programme, career_of(person), tuple(pauses), credits=credits, today=day)
    return Teacher(
        standing=standing,
        last_talk=last,
        days=None if last is None else (day - last).days,
        silence=silence(standing, last),
        term=term_of(day),
        thin=tuple(each.duty for each in duty_counts(programme, talks, day) if not each.this_term),
        pace=pace_in_words(credits, told.expected, programme.credits),
        line=line(told, person.started_on, day),
    )


def silence(standing: Standing, last: date | None) -> str:
    """The sentence that says that the promised coaching is not seen to happen; or none."""
    programme, person = standing.programme, standing.participant
    joined = person.started_on or person.enrolled_on
    if State(person.state) not in AT_WORK or not is_silent(programme, last, joined, today()):
        return ""
    days = programme.policies["coaching"]["alert_no_dialogue_days"]
    return f"No talk with the coach has been confirmed for more than {days} days."


def own_silence(standing: Standing) -> str:
    """The same for a participant's own first page; nobody is asked about who is new."""
    if not silence(standing, None):
        return ""
    found = last_dialogue([standing.participant.id])
    return silence(standing, found.get(standing.participant.id))


def credits_handed_in(standing: Standing) -> int:
    """The credits of the modules that are handed in or recognised, passed or not."""
    return sum(
        module.credits
        for module in standing.programme.modules
        if standing.of(module.code).submitted_at
        or standing.statuses[module.code].state is ModuleState.RECOGNISED
    )


def pace_in_words(handed_in: int, expected: int | None, total: int) -> str:
    """The sentence above the drawing."""
    told = f"Modules worth {handed_in} credits are handed in, out of {total}"
    if expected is None:
        return f"{told}."
    return f"{told}; at an even pace it would be {expected} by today."
