"""The cohort in figures: how far people come, their marks, and how their coaches are laden."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from lti_tool.clock import today
from lti_tool.cohort.filters import programmes_of
from lti_tool.cohort.module_conditions import reached
from lti_tool.db import db
from lti_tool.grades.released import ranked_grades
from lti_tool.identity import Viewer
from lti_tool.learning.dialogues import is_confirmed, is_corrected
from lti_tool.learning.models import Dialogue, DialogueDuty
from lti_tool.people.application_lists import funnel as applications
from lti_tool.people.models import Allocation, Participant
from lti_tool.people.participation import check_is_lead
from lti_tool.people.states import COACHED, State
from lti_tool.people.visibility import is_current, visible_participants
from lti_tool.programme.definition import Programme
from lti_tool.programme.eligibility import Answer

MOST_COACHED = 5  # a coach has one to five teachers
TALK_BANDS = (14, 28, 42)
RECENT_DAYS = 365


@dataclass(frozen=True)
class Bar:
    """One line of a plot and of its table."""

    label: str
    count: int
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A plot with its table, by a name for addresses."""

    id: str
    title: str
    unit: str
    bars: tuple[Bar, ...]
    note: str = ""

    @property
    def most(self) -> int:
        return max((bar.count for bar in self.bars), default=0)


def figures(viewer: Viewer) -> list[Figure]:
    """All of them, in the order of the page; always the same number of queries."""
    check_is_lead(viewer)
    programmes = programmes_of(viewer)
    return [funnel(viewer, programmes), *marks(viewer, programmes), *coaching(viewer, programmes)]


def funnel(viewer: Viewer, programmes: dict[int, Programme]) -> Figure:
    """From the first interest to the award."""
    applied = applications(viewer)
    people = _people(viewer)
    furthest = reached(programmes, people).subquery()
    phases: Counter[int] = Counter(
        dict(
            db.session.execute(
                select(furthest.c.phase, func.count())
                .join(Participant, Participant.id == furthest.c.participant_id)
                .where(Participant.state != State.ENROLLED)
                .group_by(furthest.c.phase)
            ).all()
        )
    )
    states: dict[str, int] = dict(
        db.session.execute(
            select(Participant.state, func.count())
            .where(Participant.id.in_(people))
            .group_by(Participant.state)
        ).all()
    )
    titles = {phase.number: phase.title for each in programmes.values() for phase in each.phases}
    awarded = states.get(State.AWARDED, 0)
    bars = [
        Bar("Applied", applied.total),
        Bar("Found eligible", applied.answers[Answer.ELIGIBLE]),
        Bar("Enrolled", sum(states.values()), "by an application or by the VLE"),
        *(
            Bar(
                f"In phase {number} or beyond",
                sum(n for p, n in phases.items() if p >= number),
                title,
            )
            for number, title in sorted(titles.items())
        ),
        Bar(
            "Complete",
            awarded + states.get(State.COMPLETED, 0),
            "waiting for the board, or awarded",
        ),
        Bar("Awarded", awarded),
    ]
    left = states.get(State.WITHDRAWN, 0)
    note = f"{left} of those enrolled have left; they are counted as far as they came."
    return Figure("funnel", "From application to award", "People", tuple(bars), note)


def marks(viewer: Viewer, programmes: dict[int, Programme]) -> list[Figure]:
    """The released marks that count, by module and band, each by its own version's bands."""
    ranked = ranked_grades(_people(viewer))
    rows = db.session.execute(
        select(Participant.programme_version_id, ranked.c.module_code, ranked.c.mark, func.count())
        .join(Participant, Participant.id == ranked.c.participant_id)
        .where(ranked.c.rank == 1)
        .group_by(Participant.programme_version_id, ranked.c.module_code, ranked.c.mark)
    )
    counts: dict[str, Counter[str]] = {}
    for version, code, mark, count in rows:
        counts.setdefault(code, Counter())[programmes[version].band_of(mark).name] += count
    bands = list(dict.fromkeys(band.name for each in programmes.values() for band in each.bands))
    return [
        Figure(
            f"marks-{code}", f"Marks of {code}", "Marks",
            tuple(Bar(name, found[name]) for name in bands),
        )
        for code, found in sorted(counts.items())
    ]  # fmt: skip


def coaching(viewer: Viewer, programmes: dict[int, Programme]) -> list[Figure]:
    """How laden coaches are, how long ago people talked, and about what."""
    return [_load(viewer), _since_talk(viewer), _duties(viewer, programmes)]


def _load(viewer: Viewer) -> Figure:
    each = (
        select(Allocation.user_id, func.count().label("people"))
        .where(
            Allocation.kind == "coach", is_current(), Allocation.participant_id.in_(_people(viewer))
        )
        .group_by(Allocation.user_id)
        .subquery()
    )
    rows: dict[int, int] = dict(
        db.session.execute(select(each.c.people, func.count()).group_by(each.c.people)).all()
    )
    over = sum(count for people, count in rows.items() if people > MOST_COACHED)
    bars = [
        Bar(f"{people} {'teacher' if people == 1 else 'teachers'}", rows.get(people, 0))
        for people in range(1, MOST_COACHED + 1)
    ]
    bars.append(Bar(f"More than {MOST_COACHED}", over, "more than one coach can do"))
    return Figure("coach-load", "How many teachers each coach has", "Coaches", tuple(bars))


def _since_talk(viewer: Viewer) -> Figure:
    """Of those who need a coach now."""
    talk = (
        select(Dialogue.participant_id, func.max(Dialogue.held_on).label("held_on"))
        .where(is_confirmed(), ~is_corrected(), Dialogue.participant_id.in_(_people(viewer)))
        .group_by(Dialogue.participant_id)
        .subquery()
    )
    rows = db.session.execute(
        select(talk.c.held_on, func.count())
        .select_from(Participant)
        .outerjoin(talk, talk.c.participant_id == Participant.id)
        .where(Participant.id.in_(_people(viewer)), Participant.state.in_(COACHED))
        .group_by(talk.c.held_on)
    )
    day, counts = today(), Counter[str]()
    for held_on, count in rows:
        counts[talk_band(held_on, day)] += count
    bars = tuple(Bar(label, counts[label]) for label in BAND_LABELS)
    return Figure("dialogue", "Days since the last confirmed talk", "Participants", bars)


def talk_band(held_on: date | None, day: date) -> str:
    """The line of the plot that a last talk belongs to."""
    if held_on is None:
        return BAND_LABELS[-1]
    days = (day - held_on).days
    place = sum(days > limit for limit in TALK_BANDS)
    return BAND_LABELS[place]


BAND_LABELS = (
    "Up to 14 days",
    "15 to 28 days",
    "29 to 42 days",
    "More than 42 days",
    "No talk yet",
)


def _duties(viewer: Viewer, programmes: dict[int, Programme]) -> Figure:
    first = date.fromordinal(today().toordinal() - RECENT_DAYS)
    rows: dict[str, int] = dict(
        db.session.execute(
            select(DialogueDuty.duty, func.count())
            .join(Dialogue, Dialogue.id == DialogueDuty.dialogue_id)
            .where(
                Dialogue.held_on >= first,
                ~is_corrected(),
                Dialogue.participant_id.in_(_people(viewer)),
            )
            .group_by(DialogueDuty.duty)
        ).all()
    )
    labels = {duty.id: duty.label for each in reversed(programmes.values()) for duty in each.duties}
    bars = tuple(
        Bar(f"{duty}: {label}", rows.get(duty, 0)) for duty, label in sorted(labels.items())
    )
    return Figure("duties", "Coaching duties of the talks of twelve months", "Talks", bars)


def _people(viewer: Viewer) -> Any:
    return visible_participants(viewer).with_only_columns(Participant.id)
