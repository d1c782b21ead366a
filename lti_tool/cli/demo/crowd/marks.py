"""Modules that were handed in, marked, released and delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lti_tool.cli.demo.crowd.lives import FINISHED, Life
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.evidence.bundle import FORMAT
from lti_tool.evidence.models import Attempt, AttemptItem
from lti_tool.evidence.rules import canonical, digest
from lti_tool.evidence.snapshot import DECLARATIONS
from lti_tool.grades.models import Delivery, Grade, LineItem, Mark
from lti_tool.grades.release_models import GradebookDifference
from lti_tool.programme.definition import Module, Programme

FEEDBACK = "A clear enquiry with honest use of evidence; weigh other explanations next time."


def hand_in_all(life: Life, kept: dict[str, list[dict[str, Any]]]) -> None:
    """Every module that is done; the last of some still waits for a mark."""
    for position, module in enumerate(life.done, start=1):
        _hand_in(life, module, position, kept[module.code])


def _hand_in(life: Life, module: Module, position: int, items: list[dict[str, Any]]) -> None:
    # A board has decided on all but the last, and on everything of those who have finished.
    is_last = position == len(life.done) and life.state not in FINISHED
    moment = life.begun_at + timedelta(days=life.days * position // (len(life.done) + 1))
    receipt = f"{module.code}-B{life.user_id:06d}"
    manifest = canonical(_manifest(life, module, moment, receipt, items))
    attempt = life.load.add(
        Attempt,
        provider_id=life.place.provider_id,
        participant_id=life.id,
        course_id=life.place.course_id,
        module_code=module.code,
        number=1,
        submitted_at=moment,
        receipt=receipt,
        manifest=manifest,
        root_hash=digest(manifest),
    )
    for each in items:
        life.load.add(AttemptItem, attempt_id=attempt, version_id=each["version_id"])
    life.told(moment, "module.submitted", Attempt, attempt)
    if not is_last or life.number % 3:
        _mark(life, attempt, module, manifest, moment, is_last=is_last)


def _manifest(
    life: Life, module: Module, moment: datetime, receipt: str, items: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "receipt": receipt,
        "provider": life.place.provider_id,
        "participant": {"id": life.id, "candidate": f"C{life.user_id:06d}"},
        "programme": {
            "framework": life.place.programme.id,
            "version": life.place.programme.version,
        },
        "module": module.code,
        "module_title": module.title,
        "course": life.place.course_id,
        "attempt": 1,
        "submitted_at": moment.isoformat(),
        "declarations": [
            {"id": name, "sentence": sentence} for name, sentence in DECLARATIONS.items()
        ],
        "items": [
            {name: each[name] for name in each if name not in ("version_id", "before")}
            for each in items
        ],
    }


def _mark(
    life: Life, attempt: int, module: Module, manifest: str, handed_in: datetime, *, is_last: bool
) -> None:
    moment, mark = handed_in + timedelta(days=18), 48 + life.random.randrange(30)
    life.load.add(
        Mark,
        attempt_id=attempt,
        marker_id=life.supporters.tutor_id,
        marking_role="first",
        state="final",
        mark=mark,
        feedback=FEEDBACK,
        criteria={},
        revision=2,
        saved_at=moment,
        saved_from="page",
        finalised_at=moment,
        root_hash=digest(manifest),
    )
    grade = life.load.add(
        Grade,
        provider_id=life.place.provider_id,
        attempt_id=attempt,
        revision=1,
        judged=mark,
        mark=mark,
        steps=[{"rule": "judged", "mark": mark, "says": f"The markers judged the work at {mark}."}],
        feedback=FEEDBACK,
        criteria={},
        status="provisional" if is_last else "ratified",
        released_by_id=life.supporters.tutor_id,
        released_at=moment,
    )
    life.told(moment, "grade.released", Grade, grade, by=life.supporters.tutor_id)
    if not is_last:
        life.told(moment, "grade.read", Grade, grade)
    _deliver(life, grade, module, mark, moment)


def _deliver(life: Life, grade: int, module: Module, mark: int, moment: datetime) -> None:
    stuck = life.number % 100 == 57
    delivery = life.load.add(
        Delivery,
        provider_id=life.place.provider_id,
        grade_id=grade,
        line_item_id=life.place.columns[module.code],
        participant_id=life.id,
        registration_id=life.place.registration_id,
        subject=str(life.user_id),
        score=mark,
        comment=FEEDBACK,
        state="failed" if stuck else "confirmed",
        due_at=moment,
        tries=1,
        stamp=moment,
        posted_at=moment,
        reason="The gradebook does not know this person." if stuck else None,
        last_status=404 if stuck else 200,
        seen={"resultScore": mark, "resultMaximum": 100},
        settled_at=moment,
    )
    if life.number % 100 == 73 and module is life.done[0]:
        life.load.add(
            GradebookDifference,
            provider_id=life.place.provider_id,
            delivery_id=delivery,
            says=f"The gradebook shows {mark - 3}, and {mark} was released.",
            found_at=life.now - timedelta(days=9),
            state="open",
            reason="",
        )


def columns_of(load: Loader, course_id: int, programme: Programme) -> dict[str, int]:
    """A gradebook column for each module of a course."""
    return {
        module.code: load.add(
            LineItem,
            course_id=course_id,
            module_code=module.code,
            attempt_number=1,
            label=module.title,
            resource_id=module.code,
            tag="module",
            url=f"http://vle.example/{course_id}/lineitems/{module.code}",
        )
        for module in programme.modules
    }
