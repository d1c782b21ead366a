"""The learning plan of one participant: what is needed, what is aimed at, what there is already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.identity import Role, Viewer
from lti_tool.learning import diagnosis, targets
from lti_tool.learning.collaboration_entries import count_invitations
from lti_tool.learning.models import Diagnosis, DiagnosisLine, Target
from lti_tool.learning.targets import EvidenceChoice, PlanEvidence
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.words import CONFIDENCE, SOURCES
from lti_tool.learning.writing import WRITERS
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, get_participant
from lti_tool.programme.definition import Programme, Strand
from lti_tool.web.access import allow


@dataclass(frozen=True)
class Row:
    """One strand at a glance: the need, what is aimed at, and the evidence there is."""

    strand: Strand
    line: DiagnosisLine | None
    open_targets: int
    met_targets: int
    has_grown: bool
    evidence: int
    attested: int


@bp.get("/courses/<int:course_id>/plan")
@allow(Role.PARTICIPANT)
def own_plan(course_id: int) -> ResponseReturnValue:
    """Lead a participant to their own plan, whose address has their number in it."""
    own = get_own_participant(g.viewer)
    return redirect(url_for("learning.plan", course_id=course_id, participant_id=own.id), 303)


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/plan")
@allow(*Role)
def plan(course_id: int, participant_id: int) -> ResponseReturnValue:
    viewer: Viewer = g.viewer
    participant = get_participant(viewer, participant_id)
    programme = programme_of(participant)
    versions = diagnosis.list_versions(viewer, participant_id)
    agreed = diagnosis.agreed_version(versions)
    shown = agreed or (versions[0] if versions else None)
    found = targets.list_targets(viewer, participant_id)
    return render_template(
        "learning/plan.html",
        participant=participant,
        invitations=count_invitations(viewer, participant.id),
        programme=programme,
        versions=versions,
        states=diagnosis.states(versions),
        agreed=agreed,
        shown=shown,
        draft=diagnosis.find_draft(viewer, participant_id),
        may_diagnose=viewer.role in (Role.PARTICIPANT, Role.COACH),
        may_agree=diagnosis.may_agree(viewer, versions[0] if versions else None),
        may_write=viewer.role in WRITERS,
        is_participant=viewer.role is Role.PARTICIPANT,
        rows=_rows(programme, shown, found, plan_evidence(viewer, participant_id)),
        targets=[each for each in found if each.state == "open"],
        closed=[each for each in found if each.state != "open"],
        is_overdue=targets.is_overdue,
        is_agreed=targets.is_agreed,
        waits_for_me=lambda target: targets.may_agree(viewer, target) and viewer.role in WRITERS,
        today=today(),
        levels=CONFIDENCE,
        sources=SOURCES,
    )


def plan_evidence(viewer: Viewer, participant_id: int) -> list[EvidenceChoice]:
    """The evidence about a participant that this viewer may see."""
    found: PlanEvidence = current_app.extensions["plan_evidence"]
    return found(viewer, participant_id)


def _rows(
    programme: Programme,
    shown: Diagnosis | None,
    found: Sequence[Target],
    evidence: Sequence[EvidenceChoice],
) -> list[Row]:
    lines = {line.strand: line for line in shown.lines} if shown else {}
    counted = Counter((each.strand, each.state) for each in found)
    grown = {each.line_id for each in found if each.state != "dropped"}
    shows = Counter(strand for each in evidence for strand in each.strands)
    attested = Counter(s for each in evidence if each.is_attested for s in each.strands)
    return [
        Row(
            strand=strand,
            line=lines.get(strand.id),
            open_targets=counted[strand.id, "open"],
            met_targets=counted[strand.id, "met"],
            has_grown=strand.id in lines and lines[strand.id].id in grown,
            evidence=shows[strand.id],
            attested=attested[strand.id],
        )
        for strand in programme.strands
    ]
