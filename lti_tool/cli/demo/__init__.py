"""`flask demo`: give the newest course a believable history, by the activities that people use.

Nothing is inserted past them: people are allocated, plan, talk, add evidence, submit and mark as a
person would, and the gradebook has every released grade before this ends.
"""

from __future__ import annotations

from itertools import chain, repeat

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

from lti_tool.cli.demo import evidence, joining, records
from lti_tool.cli.demo.cast import Cast, told
from lti_tool.cli.demo.places import Places
from lti_tool.cli.demo.plans import Plan
from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from lti_tool.people.models import Course, Participant


@click.command("demo")
@with_appcontext
@click.option("--lead", default="Yusuf Rahman", show_default=True, help="Who leads the programme.")
def demo(lead: str) -> None:
    """Give the newest course a history. Its people must have opened the tool once."""
    course = db.session.scalars(select(Course).order_by(Course.id.desc()).limit(1)).one_or_none()
    if course is None:
        raise click.ClickException("Nobody has opened the tool from a course yet.")
    cast = Cast(course, lead)
    if db.session.scalar(select(func.count(EvidenceItem.id))):
        click.echo("  This database has a history already; nothing was added.")
        return
    _tell(cast)
    evidence.deliver()
    click.echo(f"  {_summary()}")


def _tell(cast: Cast) -> None:
    places = Places(cast)
    db.session.commit()
    stories = zip(*(chain(told(name), repeat({})) for name in ("evidence", "plans", "records")),
                  strict=False)  # fmt: skip
    for number, (viewer, story) in enumerate(zip(cast.participants, stories, strict=False)):
        work, plan, kept = story
        places.settle(viewer, number)
        made = evidence.add_all(cast, viewer, work)
        Plan(cast, viewer, plan).write(made)
        records.keep_all(cast, viewer, kept, made)
        db.session.commit()
        evidence.submit_all(cast, viewer, work, made)
        places.change_now(viewer, number)
        db.session.commit()
    joining.set_dates(cast)
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
