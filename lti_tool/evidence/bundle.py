"""The manifest of a submission: made once, read back as plain values, and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lti_tool.evidence.items import content_of
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.rules import content_facts, content_hash, digest

FORMAT = "mtl-bundle/1"
CONTENT = ("title", "narrative", "activity_on", "module", "strands", "duty", "files")


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file as it was handed in."""

    sha256: str
    size: int
    media_type: str
    filename: str
    alt_text: str | None = None


@dataclass(frozen=True, slots=True)
class BundleAttestation:
    """A coach's word, and whether it was given for the version that was handed in."""

    coach: str
    statement: str
    signed_at: datetime
    version: int
    valid: bool
    by_author: bool
    duty: str | None


@dataclass(frozen=True, slots=True)
class BundleItem:
    """One piece of evidence as it was handed in. `author` is None for the participant's own."""

    item_id: int
    version: int
    content_hash: str
    title: str
    narrative: str
    activity_on: date
    module_code: str
    strands: tuple[str, ...]
    duty: str | None
    author: str | None
    files: tuple[BundleFile, ...]
    attestations: tuple[BundleAttestation, ...]

    @property
    def is_attested(self) -> bool:
        return any(one.valid for one in self.attestations)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that marker and board see of a submission."""

    receipt: str
    candidate: str
    module_code: str
    module_title: str
    attempt: int
    submitted_at: datetime
    declarations: tuple[str, ...]
    items: tuple[BundleItem, ...]

    @property
    def files(self) -> tuple[BundleFile, ...]:
        return tuple(file for item in self.items for file in item.files)


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a receipt still holds; the problems name what does not."""

    ok: bool
    problems: tuple[str, ...] = ()
    was_made: bool = True  # else the file store did not answer, and nothing is known


def build_manifest(items: Sequence[EvidenceItem], facts: dict[str, Any]) -> dict[str, Any]:
    """The frozen form of a submission: ready to be written down in the canonical way."""
    return {"format": FORMAT, **facts, "items": [_item_facts(item) for item in items]}


def parse_bundle(manifest: str) -> Bundle:
    """The values of a manifest."""
    facts = json.loads(manifest)
    return Bundle(
        receipt=facts["receipt"],
        candidate=facts["participant"]["candidate"],
        module_code=facts["module"],
        module_title=facts["module_title"],
        attempt=facts["attempt"],
        submitted_at=datetime.fromisoformat(facts["submitted_at"]),
        declarations=tuple(one["sentence"] for one in facts["declarations"]),
        items=tuple(_parse_item(one) for one in facts["items"]),
    )


def check_manifest(
    manifest: str, root_hash: str, receipt: str, matches: Callable[[str], bool]
) -> Check:
    """Recompute the digests of manifest, contents and files. `matches` looks at stored bytes."""
    if digest(manifest) != root_hash:
        return Check(False, ("The manifest is not the one that the receipt was given for.",))
    facts = json.loads(manifest)
    problems: list[str] = []
    if facts["receipt"] != receipt:
        problems.append("The manifest belongs to another receipt.")
    known: dict[str, bool] = {}
    for item in facts["items"]:
        if content_hash({name: item[name] for name in CONTENT}) != item["content_hash"]:
            problems.append(f"The content of “{item['title']}” is not what its digest says.")
        for file in item["files"]:
            if file["sha256"] not in known:
                known[file["sha256"]] = matches(file["sha256"])
            if not known[file["sha256"]]:
                problems.append(
                    f"The stored bytes of “{file['filename']}” in “{item['title']}” are not those "
                    "that were submitted."
                )
    return Check(not problems, tuple(problems))


def _item_facts(item: EvidenceItem) -> dict[str, Any]:
    version = next(one for one in item.versions if one.number == item.current_version)
    by_participant = item.author_id == item.participant.user_id
    return {
        "item": item.id,
        "version": version.number,
        "content_hash": version.content_hash,
        **content_facts(content_of(version), version.files),
        # The participant's name is not in it: a marker may have to work without knowing it.
        "author": {
            "id": item.author_id,
            "role": "participant" if by_participant else "coach",
            "name": None if by_participant else item.author.name,
        },
        "attestations": [
            {
                "id": attestation.id,
                "coach": {"id": attestation.coach_id, "name": attestation.coach.name},
                "allocation": attestation.allocation_id,
                "authenticated_by": attestation.authenticated_by,
                "statement": attestation.statement,
                "duty": attestation.duty,
                "signed_at": attestation.signed_at.isoformat(),
                "version": each.number,
                "content_hash": attestation.content_hash,
                "valid": attestation.content_hash == version.content_hash
                and each.number == version.number,
            }
            for each in item.versions
            for attestation in each.attestations
            if attestation.decision == "signed"
        ],
    }


def _parse_item(facts: dict[str, Any]) -> BundleItem:
    return BundleItem(
        item_id=facts["item"],
        version=facts["version"],
        content_hash=facts["content_hash"],
        title=facts["title"],
        narrative=facts["narrative"],
        activity_on=date.fromisoformat(facts["activity_on"]),
        module_code=facts["module"],
        strands=tuple(facts["strands"]),
        duty=facts["duty"],
        author=facts["author"]["name"],
        files=tuple(BundleFile(**file) for file in facts["files"]),
        attestations=tuple(
            BundleAttestation(
                coach=one["coach"]["name"],
                statement=one["statement"],
                signed_at=datetime.fromisoformat(one["signed_at"]),
                version=one["version"],
                valid=one["valid"],
                by_author=one["coach"]["id"] == facts["author"]["id"],
                duty=one["duty"],
            )
            for one in facts["attestations"]
        ),
    )
