"""What waits for a viewer in plans and dialogues, as tasks with the page that each is done on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lti_tool.grades.asking import count_waiting
from lti_tool.identity import Role, Viewer
from lti_tool.learning.plans import Waiting, waiting_for


@dataclass(frozen=True)
class PlanTask:
    """Something of the plan that nobody but the viewer can do now."""

    participant_id: int
    sentence: str
    short: str
    endpoint: str


def plan_tasks(viewer: Viewer, participant_ids: Collection[int]) -> dict[int, list[PlanTask]]:
    """The tasks by participant, for those of whom something waits. A lead only reads plans."""
    if not participant_ids:
        return {}
    found: dict[int, list[PlanTask]] = {}
    if viewer.role is not Role.LEAD:
        found = {
            one: _tasks(one, waits) for one, waits in waiting_for(viewer, participant_ids).items()
        }
    if viewer.is_staff:
        for one, count in count_waiting(viewer, participant_ids).items():
            found.setdefault(one, []).append(_request(one, count))
    return found


def _request(participant_id: int, count: int) -> PlanTask:
    requests, they_wait = ("1 request", "waits") if count == 1 else (f"{count} requests", "wait")
    sentence = f"{requests} about a deadline or a result {they_wait} for an answer."
    return PlanTask(participant_id, sentence, f"{requests} to answer", "grades.requests")


def _tasks(participant_id: int, waits: Waiting) -> list[PlanTask]:
    told: list[PlanTask] = []
    if waits.diagnosis:
        sentence = "A diagnosis has been proposed: read it, and agree or change it."
        told.append(PlanTask(participant_id, sentence, "Diagnosis to agree", "learning.plan"))
    if waits.targets:
        targets, they_wait = ("1 target", "waits") if waits.targets == 1 else (
            f"{waits.targets} targets", "wait",
        )  # fmt: skip
        sentence = f"{targets} of the plan {they_wait} for you to agree."
        told.append(PlanTask(participant_id, sentence, f"{targets} to agree", "learning.plan"))
    if waits.dialogues:
        talks, they_wait = ("1 talk", "waits") if waits.dialogues == 1 else (
            f"{waits.dialogues} talks", "wait",
        )  # fmt: skip
        sentence = f"{talks} {they_wait} for you to confirm what was said."
        told.append(PlanTask(participant_id, sentence, f"{talks} to confirm", "learning.dialogue"))
    return told
