"""Earlier study that was recognised beyond the limit of credits: rare, and told one by one."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Select, and_, func, select

from lti_tool.cohort.programme_tables import Programmes, Tables
from lti_tool.db import db
from lti_tool.learning.models import PriorLearningModule
from lti_tool.people.models import Participant
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts, recognised_modules


def uncounted(own: Tables, programmes: Programmes, people: Select[int]) -> list[tuple[int, str]]:
    """Whose recognised modules do not count, as their credits do not fit any more."""
    prior, module = PriorLearningModule, own.modules
    too_much = (
        select(prior.participant_id)
        .join(Participant, Participant.id == prior.participant_id)
        .join(
            module,
            and_(
                module.c.version_id == Participant.programme_version_id,
                module.c.code == prior.module_code,
            ),
        )
        .where(prior.state == "recognised", prior.participant_id.in_(people))
        .group_by(prior.participant_id)
        .having(func.sum(module.c.credits) > func.max(module.c.apl_limit))
    )
    rows = db.session.execute(
        select(prior.participant_id, Participant.programme_version_id, prior.module_code)
        .join(Participant, Participant.id == prior.participant_id)
        .where(prior.state == "recognised", prior.participant_id.in_(too_much))
        .order_by(prior.id)
    )
    recognised: dict[tuple[int, int], list[str]] = defaultdict(list)
    for person, version, code in rows:
        recognised[person, version].append(code)
    return [
        (person, code)
        for (person, version), codes in recognised.items()
        for code in codes
        if code not in recognised_modules(programmes[version], _facts(codes))
    ]


def _facts(codes: list[str]) -> ParticipantFacts:
    return ParticipantFacts(tuple(ModuleFacts(code, recognised=True) for code in codes))
