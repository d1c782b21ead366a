"""Diagnoses, targets and talks of the demo, said by those whose words they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lti_tool.cli.demo.cast import Cast
from lti_tool.cli.demo.places import days_ago
from lti_tool.db import db
from lti_tool.evidence.for_plans import plan_evidence
from lti_tool.evidence.models import EvidenceItem
from lti_tool.identity import Viewer
from lti_tool.learning import diagnosis, dialogues, targets
from lti_tool.learning.models import Diagnosis
from lti_tool.learning.needs import Line
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of

LEVELS = {"n": "new", "d": "developing", "s": "secure", "g": "strong"}


class Plan:
    """One participant's plan, and the two who write it."""

    def __init__(self, cast: Cast, viewer: Viewer, story: dict[str, Any]) -> None:
        self.participant: Participant = cast.record_of(viewer)
        self._sides = {"participant": viewer, "coach": cast.coach_for(viewer)}
        self._tutor = cast.tutor_for(viewer)
        self._story = story

    def write(self, made: Sequence[EvidenceItem]) -> None:
        """Diagnosis first; targets grow from it; talks last, as they speak of both."""
        found = self._diagnose() if "diagnosis" in self._story else None
        for told in self._story.get("targets", []):
            self._aim(told, found, made)
        for told in self._story.get("talks", []):
            self._talk(told)

    def _diagnose(self) -> Diagnosis:
        told = self._story["diagnosis"]
        strands = [strand.id for strand in programme_of(self.participant).strands]
        needs = told["needs"]
        lines = {
            strand: Line(LEVELS[level], *reversed(needs.get(strand, ("", ""))))
            for strand, level in zip(strands, told["levels"], strict=True)
        }
        found = diagnosis.propose(self._sides[told["by"]], self.participant.id, lines, based_on=0)
        if told["agreed"]:
            other = self._sides["coach" if told["by"] == "participant" else "participant"]
            diagnosis.agree(other, self.participant.id, number=found.number)
        db.session.flush()
        return found

    def _aim(
        self, told: dict[str, Any], found: Diagnosis | None, made: Sequence[EvidenceItem]
    ) -> None:
        number, by = self.participant.id, told.get("by", "participant")
        writer = self._sides[by]
        other = self._sides["coach" if by == "participant" else "participant"]
        lines = {line.strand: line for line in found.lines if line.need} if found else {}
        line = lines.get(told["strand"]) if "text" not in told else None
        wording = targets.Wording(
            told["strand"],
            told.get("text") or (line.need if line else ""),
            told.get("evidence", "What changed in my lessons, with one example of pupils’ work."),
            days_ago(-told["due_in"]),
        )
        made_now = targets.set_target(writer, number, wording, line_id=line.id if line else None)
        db.session.flush()
        if told.get("agreed") or "met_by" in told:
            targets.agree(other, number, made_now.id, revision=1)
        if "met_by" in told:
            chosen = [made[place].id for place in told["met_by"]]
            shown = {each.id for each in plan_evidence(writer, number)}
            targets.meet(writer, number, made_now.id, chosen, shown, revision=1)
        if "dropped" in told:
            targets.drop(writer, number, made_now.id, told["dropped"], revision=1)

    def _talk(self, told: dict[str, Any]) -> None:
        number, by = self.participant.id, told.get("by", "coach")
        writer = self._sides[by]
        others = [self._sides["coach"]] if by == "participant" else []
        others += [self._tutor] if told.get("tutor") else []
        entry = dialogues.add(
            writer,
            number,
            dialogues.Account(
                held_on=days_ago(told["days_ago"]),
                minutes=told["minutes"],
                summary=told["summary"],
                duties=tuple(told["duties"]),
                actions=tuple(told.get("actions", ())),
                people=tuple(each.user_id for each in others),
            ),
        )
        db.session.flush()
        if told.get("confirmed"):
            dialogues.confirm(self._sides["participant"], number, entry.id)
