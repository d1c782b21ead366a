"""How participants came to the programme, and who else would like to join.

The answers are those of the programme's own rules. What leads did is not in the trail: it is copied
by participant, and an application has none until it ends well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lti_tool.cli.demo.crowd.lives import Life
from lti_tool.cli.demo.crowd.schools import REGISTERED, SAID_BY
from lti_tool.people.application_states import ENDS, Stage
from lti_tool.people.eligibility import Known, told_by
from lti_tool.people.models import Application, EligibilityDecision
from lti_tool.programme.eligibility import Answer, evaluate, has_rules

TEACHER = {"role": "nqt", "qts_year": "2008/09", "post_year": "2009/10", "offered_package": "yes"}
HEAD = {"role": "head_of_department", "newly_recruited": "yes", "post_year": "2010/11",
        "offered_package": "yes"}  # fmt: skip
TOO_LATE = {"role": "teacher", "newly_recruited": "no", "qts_year": "2001/02",
            "post_year": "2003/04", "offered_package": "no"}  # fmt: skip
# How far the others have come and what they said, again and again; in the end, why.
OTHERS: tuple[tuple[Stage, dict[str, str], str], ...] = (
    (Stage.INTERESTED, {}, ""),
    (Stage.CHECKED, TEACHER, ""),
    (Stage.CHECKED, {"role": "nqt"}, ""),
    (Stage.PASSED_ON, HEAD, ""),
    (Stage.OFFERED, TEACHER, ""),
    (Stage.CHECKED, TOO_LATE, "not_eligible"),
    (Stage.OFFERED, TEACHER, "teacher_declined"),
    (Stage.PASSED_ON, HEAD, "no_answer"),
)


def write_applications(life: Life) -> None:
    """Their own, unless the VLE alone brought them; for every second of them somebody else's."""
    if not has_rules(life.place.programme):
        return
    if life.number % 4 != 3:
        _apply(life, Stage.ENROLLED, TEACHER if life.number % 3 else HEAD, "")
    if life.number % 2 == 0:
        _apply(life, *OTHERS[life.number // 2 % len(OTHERS)])


def _apply(life: Life, stage: Stage, told: dict[str, str], why: str) -> None:
    is_theirs = stage is Stage.ENROLLED
    moment = life.begun_at - timedelta(days=50) if is_theirs else life.now - timedelta(days=30)
    changed = moment + timedelta(days=20)
    decision = None if stage is Stage.INTERESTED else _decision(life, told)
    if decision and is_theirs and decision["answer"] != Answer.ELIGIBLE:
        return  # the VLE alone brought them
    if decision and stage in (Stage.PASSED_ON, Stage.OFFERED):
        stage = stage if decision["answer"] == Answer.ELIGIBLE else Stage.CHECKED
    found = life.load.add(
        Application,
        provider_id=life.place.provider_id,
        name=life.name if is_theirs else f"{life.name} junior",
        email=None,
        state=(ENDS[why][0] if why else stage).value,
        school_id=life.supporters.school.id,
        **dict.fromkeys(HEAD | TEACHER) | told,
        answer=decision["answer"] if decision else None,
        participant_id=life.id if is_theirs else None,
        ended_from=stage.value if why else None,
        ended_reason=why or None,
        applied_at=moment,
        changed_at=changed,
    )
    if decision:
        _keep(life, found, decision, moment + timedelta(days=5))


def _decision(life: Life, told: dict[str, str]) -> dict[str, Any]:
    """What the rules say of these facts and of the school."""
    school = life.supporters.school
    facts = {name: Known(value, "application") for name, value in told.items()}
    for name, value in school.facts.items():
        registered = name in REGISTERED
        facts[name] = (
            Known(value, "register") if registered else Known(value, SAID_BY, school.since)
        )
    outcome = evaluate(life.place.programme, {name: each.value for name, each in facts.items()})
    return told_by(outcome, facts)


def _keep(life: Life, application: int, decision: dict[str, Any], moment: datetime) -> None:
    life.load.add(
        EligibilityDecision,
        application_id=application,
        programme_version_id=life.place.version_id,
        rule_set=life.place.programme.policies["eligibility"]["version"],
        decided_at=moment,
        decided_by_id=life.place.lead_id,
        school_as_on=moment.date(),
        **decision,
    )
