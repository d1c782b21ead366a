"""`flask demo`: give the newest course a believable history, by the activities that people use.

Nothing is inserted past them: people are allocated, plan, talk, add evidence, submit, mark and sit
on a board as people would, and the gradebook has every released grade before this ends. With
`--participants` an empty database is filled with a crowd first, past the activities: see
`crowd/filling.py`.
"""

from __future__ import annotations

import time
from itertools import chain, repeat

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import exists, func, select

from lti_tool.cli.demo import assessing, evidence, joining, records
from lti_tool.cli.demo.cast import Cast, told
from lti_tool.cli.demo.crowd.filling import LIVES, fill
from lti_tool.cli.demo.places import Places
from lti_tool.cli.demo.plans import Plan
from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from lti_tool.people.models import Course, Participant


@click.command("demo")
@with_appcontext
@click.option("--lead", default="Yusuf Rahman", show_default=True, help="Who leads the programme.")
@click.option(
    "--participants",
    type=click.IntRange(1, 100_000),
    help="Fill an empty database with so many people instead.",
)
def demo(lead: str, participants: int | None) -> None:
    """Give the newest course a history. Its people must have opened the tool once.

    With --participants nobody needs to have: an empty database gets a crowd in courses of a VLE
    that is not there, with evidence, plans, talks and marks of some years. The files are left out.
    """
    if participants is not None:
        _gather(participants)
        return
    course = db.session.scalars(select(Course).order_by(Course.id.desc()).limit(1)).one_or_none()
    if course is None:
        raise click.ClickException("Nobody has opened the tool from a course yet.")
    cast = Cast(course, lead)
    if _has_a_history(cast):
        click.echo("  This course has a history already; nothing was added.")
        return
    _tell(cast)
    evidence.deliver()
    assessing.tell(cast)
    evidence.deliver()
    click.echo(f"  {_summary()}")


def _gather(participants: int) -> None:
    if db.session.scalar(select(Participant.id).limit(1)):
        raise click.ClickException(
            "There are participants in this database. Give an empty one by DATABASE_URL."
        )
    db.session.rollback()
    began = time.monotonic()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    rows = fill(app, participants, lives=min(participants, LIVES)).rows
    click.echo(
        f"  {rows['participant']} participants, {rows['evidence_item']} pieces of evidence, "
        f"{rows.get('grade', 0)} grades in {time.monotonic() - began:.0f} seconds."
    )


def _has_a_history(cast: Cast) -> bool:
    people = [each.user_id for each in cast.participants]
    return bool(db.session.scalar(select(exists().where(EvidenceItem.author_id.in_(people)))))


def _tell(cast: Cast) -> None:
    places = Places(cast)
    joining.set_due(cast)
    db.session.commit()
    stories = zip(*(chain(told(name), repeat({})) for name in ("evidence", "plans", "records")),
                  strict=False)  # fmt: skip
    to_release: list[int] = []
    for number, (viewer, story) in enumerate(zip(cast.participants, stories, strict=False)):
        work, plan, kept = story
        places.settle(viewer, number)
        made = evidence.add_all(cast, viewer, work)
        Plan(cast, viewer, plan).write(made)
        records.keep_all(cast, viewer, kept, made)
        db.session.commit()
        to_release += evidence.submit_all(cast, viewer, work, made)
        places.change_now(viewer, number)
        db.session.commit()
    evidence.release_together(cast.lead, to_release)
    db.session.commit()
    joining.set_own_dates(cast)
    joining.learn_together(cast)
    joining.apply_all(cast, places.schools)
    joining.publish_newer(cast)
    places.invite_head()
    db.session.commit()


def _summary() -> str:
    made = db.session.scalar(select(func.count(EvidenceItem.id)))
    people = db.session.scalar(select(func.count(Participant.id)))
    return (
        f"{people} participants, {made} pieces of evidence, "
        f"{evidence.count_deliveries('confirmed')} grades confirmed by the gradebook."
    )
