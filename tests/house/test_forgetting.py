"""Of each column that can hold words it is decided what an erasure does with it; each table that
points at a person is told to them or has a reason.

What an erasure empties is seen in an erasure; what it leaves stands here. A new column fails until
somebody has thought of it (docs/decisions/0050).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.types import JSON, LargeBinary, String

from lti_tool.clock import now, today
from lti_tool.cohort import erasing, person_export
from lti_tool.cohort.erasure_rows import Gone
from lti_tool.cohort.record_contents import LEFT_OUT, PARTS, TOLD_ELSEWHERE
from lti_tool.db import Base, begin_as_writer, db
from lti_tool.launch.models import Registration
from lti_tool.people.models import (
    Participant,
    PlatformIdentity,
    ProgrammeVersion,
    Provider,
    User,
)
from tests.world import World

CODES = "codes out of lists, numbers, digests and drawn references: no words of or about anybody"
PLACES = "what universities, schools, platforms and courses are called, and how they are reached"
ASSESSED = "assessed work, under the candidate number until its class of retention is over"
JUDGED = (
    "what markers, moderators, examiners and boards said of a piece of work: it belongs to that"
)
TRAIL = "the trail and the seals: ids and codes alone, see tests/house/test_audit.py"
TRIGGERS = "triggers write it anew from the row that it stands for"
PASSING = "what is kept for hours at most, without names"

# table → its columns that an erasure leaves as they are, with the reason.
STAYS: dict[str, tuple[str, str]] = {
    "adjustment_decision": ("outcome", CODES),
    "adjustment_request": ("kind module_code", CODES),
    "agreement": ("method feedback criteria rationale root_hash", JUDGED),
    "agreement_proposal": ("feedback criteria rationale", JUDGED),
    "agreement_taken_up": ("reason", JUDGED),
    "allocation": ("kind basis", CODES),
    "application": (
        "state role newly_recruited qts_year post_year offered_package answer ended_from "
        "ended_reason", CODES,
    ),
    "area_reach": ("area", CODES),
    "arrived_piece": ("name", PASSING),
    "arriving_file": ("id held_by", PASSING),
    "attempt": ("module_code receipt manifest root_hash", ASSESSED),
    "audit_event": ("acted_as event subject_kind details", TRAIL),
    "audit_seal": ("previous sha256", TRAIL),
    "audit_sealed_event": ("sha256", TRAIL),
    "award_decision": ("outcome award classification reasons rationale", JUDGED),
    "batch_grade": ("reason", JUDGED),
    "board": ("kind title reason state examiner minutes", JUDGED),
    "collaboration_part": ("state duty", CODES),
    "collaboration_strand": ("strand", CODES),
    "course": ("context title", PLACES),
    "course_services": ("lineitems_url scopes memberships_url", PLACES),
    "credit_entry": ("module_code kind", CODES),
    "delivery": ("lease", CODES),
    "deployment": ("deployment_id", PLACES),
    "digest_round": ("week", CODES),
    "disposal_proposal": ("kept_as", CODES),
    "disposal_record": ("kept_as", CODES),
    "eligibility_decision": ("rule_set answer rule window_rule facts reasons needs", CODES),
    "ephemeral": ("key value", PASSING),
    "erased_subject": ("digest", "all that keeps the next roster from bringing the name back"),
    "erasure": ("reason", CODES),
    "examiner_appointment": ("seed", CODES),
    "examiner_module": ("module_code", CODES),
    "examiner_statement": ("about kind words", JUDGED),
    "file_check": ("sha256 media_type state found", "goes with the bytes, by the worker"),
    "file_removal": ("sha256 state", "is how the bytes go"),
    "frame_origin": ("origin source", PLACES),
    "grade": ("steps feedback criteria status", JUDGED),
    "hand_in": ("reference state lease", CODES),
    "headcount": ("sha256", CODES),
    "headcount_row": (
        "school school_name university region rule basis cohort intake term state", PLACES,
    ),
    "institution": ("name", PLACES),
    "line_item": ("module_code label resource_id tag url lease", PLACES),
    "mark": ("marking_role state feedback criteria links saved_from root_hash", JUDGED),
    "marker_allocation": ("marking_role", CODES),
    "marker_replacement": ("marking_role reason", JUDGED),
    "moderation_batch": ("module_code seed rule", CODES),
    "moderation_decision": ("action rationale", JUDGED),
    "moderation_look": ("note", JUDGED),
    "moderation_member": ("root_hash reasons", CODES),
    "module_date": ("module_code cohort", CODES),
    "module_enrolment": ("module_code state", CODES),
    "participant": ("candidate_number origin state cohort school_phase window_rule", CODES),
    "pause": ("reason", CODES),
    "person_words": ("words", TRIGGERS),
    "personal_link": ("kind", CODES),
    "placed_item": ("reference opens module_code", CODES),
    "planned_act": ("act reason state", CODES),
    "prior_learning_judgement": ("test sentence", JUDGED),
    "programme_version": ("framework version definition state", PLACES),
    "provider": ("name", PLACES),
    "recall": ("reason", JUDGED),
    "registration": (
        "name product issuer client_id auth_login_url auth_token_url jwks_url", PLACES,
    ),
    "registration_invitation": ("name token_hash", PLACES),
    "resource_link": ("resource_link_id opens module_code lineitem_url state said", PLACES),
    "result_decision": ("decision rationale", JUDGED),
    "result_hold": ("kind reason outcome", CODES),
    "roster_sync": ("state sentence lease", CODES),
    "school": ("urn name phase region", PLACES),
    "school_flag_period": ("flag value source", PLACES),
    "school_period": ("kind post", CODES),
    "school_words": ("words", TRIGGERS),
    "script_request": ("reason decision words", JUDGED),
    "specialism": ("state", CODES),
    "specialism_strand": ("strand", CODES),
    "tool_key": ("kid state public_jwk private_pem", PLACES),
    "worker_beat": ("name", PLACES),
}  # fmt: skip

DEED = "who did it to somebody else: the trail of the export tells their deeds"
OWN_RECORD = "told in the record of the participant whom it is about"
WAYS_IN = "codes and keys: whoever has them is let in"
# table.column that points at a user → why the export of that user does not go through it.
NOT_TOLD: dict[str, str] = {
    **dict.fromkeys(
        (
            "adjustment_decision.decided_by_id", "agreement.agreed_by_id",
            "agreement_proposal.proposed_by_id", "agreement_taken_up.taken_up_by_id",
            "award_decision.decided_by_id", "board.chair_id", "board.minuted_by_id",
            "board.planned_by_id", "coach_invitation.settled_by", "disposal_proposal.settled_by_id",
            "disposal_record.disposed_by_id", "eligibility_decision.decided_by_id",
            "erasure.erased_by_id", "ethics_clearance.decided_by_id", "evidence_read.reader_id",
            "evidence_report.decided_by_id", "evidence_report.reported_by_id",
            "examiner_appointment.appointed_by_id", "examiner_statement.written_by_id",
            "gradebook_difference.answered_by_id", "headcount.taken_by_id",
            "legal_hold.lifted_by_id", "legal_hold.placed_by_id", "link_invitation.invited_by",
            "marker_allocation.allocated_by_id", "marker_allocation.marker_id",
            "marker_replacement.replaced_by_id", "moderation_batch.opened_by_id",
            "moderation_decision.decided_by_id", "moderation_decision.marker_id",
            "moderation_look.moderator_id", "moderation_member.marker_id",
            "moderator.appointed_by_id", "moderator.user_id", "module_date.set_by_id",
            "module_enrolment.changed_by_id", "personal_link.address_confirmed_by",
            "planned_act.noted_by_id", "prior_learning_claim.assessed_by_id",
            "prior_learning_claim.decided_by_id", "recall.recalled_by_id",
            "release_batch.released_by_id", "resource_link.chosen_by_id",
            "result_decision.decided_by_id", "result_hold.closed_by_id",
            "result_hold.opened_by_id", "retained_work.marked_by_id", "school_agreement.agreed_by",
            "script_request.decided_by_id", "specialism.decided_by_id", "target.closed_by_id",
            "target.set_by_id", "thread_reading.user_id", "import_batch.user_id",
            "marks_sheet.user_id",
        ),
        DEED,
    ),
    **dict.fromkeys(
        (
            "diagnosis.author_id", "diagnosis_agreement.user_id", "diagnosis_draft.author_id",
            "dialogue_confirmation.user_id", "dialogue_person.user_id", "evidence_item.author_id",
            "evidence_version.author_id", "impact_record.author_id", "target_agreement.user_id",
            "attestation_draft.coach_id", "participant.user_id",
        ),
        OWN_RECORD,
    ),
    "erasure.user_id": "of an erased person there is nothing to export",
    "legal_hold.user_id": "why somebody is held may be for others to know; the lead tells of it",
    "person_words.user_id": "the name once more, as a search compares it",
}  # fmt: skip
TOLD_BY_HAND = {"allocation.user_id", "course_member.user_id", "mail.user_id",
                "personal_link.user_id", "platform_identity.user_id"}  # fmt: skip


def has_words(column: Any) -> bool:
    return isinstance(column.type, String | JSON | LargeBinary) and not column.foreign_keys


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_of_every_column_with_words_it_is_decided_what_an_erasure_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: dict[str, set[str]] = defaultdict(set)
    delete, put = Gone.delete, Gone.set

    def deleting(gone: Gone, model: Any, *where: Any) -> None:
        emptied[model.__tablename__] |= set(model.__table__.columns.keys())
        delete(gone, model, *where)

    def setting(gone: Gone, model: Any, values: dict[str, Any], *where: Any) -> None:
        emptied[model.__tablename__] |= set(values)
        put(gone, model, values, *where)

    monkeypatch.setattr(Gone, "delete", deleting)
    monkeypatch.setattr(Gone, "set", setting)
    with world.tool.app.app_context():
        begin_as_writer()
        erasing.preview(somebody())
    left = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if has_words(column) and column.name not in emptied[table.name]
    }
    # Boards are looked through one by one, and those without the person left alone.
    left -= {"board.members"}
    decided = {f"{table}.{one}" for table, (names, _) in STAYS.items() for one in names.split()}
    assert not sorted(left - decided), (
        "Decide whether an erasure empties these (lti_tool/cohort/erasure_rows.py, "
        f"erasure_profile.py) or leaves them, with a reason in STAYS here: {sorted(left - decided)}"
    )
    assert not sorted(decided - left), "These are emptied now, or gone: take them out of STAYS."


def somebody() -> User:
    provider_id = db.session.scalars(select(Provider.id).order_by(Provider.id)).first()
    version = select(ProgrammeVersion.id).order_by(ProgrammeVersion.id)
    registration = select(Registration.id).order_by(Registration.id)
    user = User(provider_id=provider_id, name="A", email="a@school.example", created_at=now())
    db.session.add(user)
    db.session.flush()
    db.session.add(PlatformIdentity(
        user_id=user.id, registration_id=db.session.scalars(registration).first(), subject="a",
    ))  # fmt: skip
    db.session.add(Participant(
        provider_id=provider_id, user_id=user.id, candidate_number="CFORGET", enrolled_on=today(),
        programme_version_id=db.session.scalars(version).first(),
    ))  # fmt: skip
    db.session.flush()
    return user


def test_every_table_that_points_at_somebody_is_told_to_them_or_has_a_reason() -> None:
    pointers = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "user"
    }
    told = {f"{model.__tablename__}.{owner.key}" for _, model, owner in person_export.WRITTEN}
    told |= TOLD_BY_HAND
    undecided = pointers - told - NOT_TOLD.keys()
    assert not sorted(undecided), (
        "Tell these in lti_tool/cohort/person_export.py, or say in NOT_TOLD here why not: "
        f"{sorted(undecided)}"
    )
    assert not sorted((told | NOT_TOLD.keys()) - pointers)
    record = {part.model.__tablename__ for part in PARTS} | TOLD_ELSEWHERE | LEFT_OUT.keys()
    own = {name.partition(".")[0] for name, why in NOT_TOLD.items() if why is OWN_RECORD}
    inside = {"attestation_draft", "diagnosis_agreement", "dialogue_confirmation",
              "dialogue_person", "evidence_version", "participant", "target_agreement"}  # fmt: skip
    assert own <= record | inside
