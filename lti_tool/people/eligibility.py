"""Put the rules of the programme to an application, and keep the answer with all it rested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.identity import Viewer
from lti_tool.people.models import Application, EligibilityDecision, School
from lti_tool.people.programmes import newest_version, parsed
from lti_tool.people.schools import flags_on
from lti_tool.programme.eligibility import Outcome, RuleVerdict, evaluate, has_rules
from lti_tool.programme.eligibility_facts import ABOUT_THE_TEACHER

NO_RULES = (
    "This programme says nothing of who may join, so nothing can be checked. "
    "The operator publishes a version with a section `eligibility`."
)


@dataclass(frozen=True)
class Known:
    """A fact with where it is from; of a school, also since when."""

    value: str
    source: str
    since: date | None = None


def decide(viewer: Viewer, application: Application) -> EligibilityDecision:
    """A new decision on what is known now; earlier ones stay as they are."""
    version = newest_version(viewer.provider_id)
    programme = parsed(version.definition)
    if not has_rules(programme):
        raise Refused(NO_RULES)
    day = application.school_as_on or today()
    facts = facts_of(application, day)
    outcome = evaluate(programme, {name: known.value for name, known in facts.items()})
    decision = EligibilityDecision(
        application_id=application.id,
        programme_version_id=version.id,
        rule_set=programme.policies["eligibility"]["version"],
        decided_at=now(),
        decided_by_id=viewer.user_id,
        school_as_on=day,
        **told_by(outcome, facts),
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def told_by(outcome: Outcome, facts: Mapping[str, Known]) -> dict[str, Any]:
    """What a decision keeps of the rules' answer, and of the facts that they asked for."""
    return {
        "answer": outcome.answer.value,
        "rule": outcome.rule,
        "window_rule": outcome.window,
        "enrol_from": outcome.enrol_from,
        "start_from": outcome.start_from,
        "facts": {name: _kept(facts[name]) for name in outcome.used},
        "reasons": [_reasons(each) for each in outcome.rules],
        "needs": _needs(outcome),
    }


def newest_decision(application: Application) -> EligibilityDecision | None:
    """What was decided last on an application."""
    return next(iter(decisions(application)), None)


def decisions(application: Application) -> list[EligibilityDecision]:
    """Everything that was decided on an application, the newest first."""
    query = select(EligibilityDecision).where(EligibilityDecision.application_id == application.id)
    return list(db.session.scalars(query.order_by(EligibilityDecision.id.desc())))


def facts_of(application: Application, day: date) -> dict[str, Known]:
    """What is known of the teacher, and of the school as on a day; the unknown is left out."""
    told = {name: getattr(application, name) for name in ABOUT_THE_TEACHER}
    found = {name: Known(value, "application") for name, value in told.items() if value}
    return found | (school_facts(application.school, day) if application.school else {})


def school_facts(school: School, day: date) -> dict[str, Known]:
    """What the register says of a school, and what was said of it on a day."""
    register = {"region": school.region, "school_phase": school.phase}
    found = {name: Known(value, "register") for name, value in register.items() if value}
    for flag, period in flags_on(school.id, day).items():
        found[flag] = Known(period.value, period.source, period.started_on)
    return found


def _kept(known: Known) -> dict[str, Any]:
    return asdict(known) | {"since": known.since.isoformat() if known.since else None}


def _reasons(each: RuleVerdict) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "rule": each.rule,
        "label": each.label,
        "holds": verdict.holds,
        "failed": list(verdict.failed),
        "unknown": list(verdict.unknown),
    }


def _needs(outcome: Outcome) -> list[str]:
    """Of an answer that is none yet; once there is one, nothing is needed."""
    return [] if outcome.rule else list(outcome.needs)
