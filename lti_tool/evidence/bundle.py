"""The manifest of a submission: made once, read back as plain values, and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lti_tool.evidence.items import content_of
from lti_tool.evidence.models import Attestation, EvidenceItem, EvidenceVersion
from lti_tool.evidence.named_target import target_words
from lti_tool.evidence.rules import content_facts, content_hash, digest
from lti_tool.evidence.standing import Standing, TakenBack, standing, word_of
from lti_tool.learning.impact import Impact, impact_of
from lti_tool.people.vouching import known_as

FORMAT = "mtl-bundle/1"
CONTENT = ("title", "narrative", "activity_on", "module", "strands", "duty", "files")
# Further parts of a content, of which only those that were said are there.
FURTHER = (
    "setting", "rationales", "links", "impact_record", "target", "pupils", "permission_by",
    "permission_basis",
)  # fmt: skip
HELD_BACK = "Out of sight after a report"


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
    """A coach's word, and whether it was given for the version that was handed in.

    `valid` is what it was when the work was handed in; `taken_back` is what came of it since.
    """

    attestation_id: int
    coach: str
    statement: str
    signed_at: datetime
    version: int
    valid: bool
    by_author: bool
    duty: str | None
    taken_back: TakenBack | None = None

    @property
    def holds(self) -> bool:
        return self.valid and self.taken_back is None


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
    setting: str | None = None
    rationales: dict[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    impact: Impact | None = None
    target: str | None = None
    pupils: str | None = None
    permission_by: str | None = None
    permission_basis: str | None = None
    is_held: bool = False

    @property
    def is_attested(self) -> bool:
        return any(one.holds for one in self.attestations)


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
    is_nameless: bool = False  # read by somebody who knows a candidate number only

    @property
    def files(self) -> tuple[BundleFile, ...]:
        return tuple(file for item in self.items for file in item.files)


def hold_back(bundle: Bundle, item_ids: Collection[int]) -> Bundle:
    """The bundle without words and files of these items: a problem with them was reported.

    What was handed in stays as it is; it is only not shown.
    """
    return replace(
        bundle,
        items=tuple(_held(one) if one.item_id in item_ids else one for one in bundle.items),
    )


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
    if day := json.loads(manifest).get("disposed_on"):
        return Check(False, (f"Its words and files were disposed of on {day}, in due time.",))
    if digest(manifest) != root_hash:
        return Check(False, ("The manifest is not the one that the receipt was given for.",))
    facts = json.loads(manifest)
    problems: list[str] = []
    if facts["receipt"] != receipt:
        problems.append("The manifest belongs to another receipt.")
    known: dict[str, bool] = {}
    for item in facts["items"]:
        if content_hash(_content(item)) != item["content_hash"]:
            problems.append(f"The content of “{item['title']}” is not what its digest says.")
        if any(one["valid"] and not _is_for(one, item) for one in item["attestations"]):
            problems.append(
                f"A signature shown with “{item['title']}” was given for something else."
            )
        for file in item["files"]:
            if file["sha256"] not in known:
                known[file["sha256"]] = matches(file["sha256"])
            if not known[file["sha256"]]:
                problems.append(
                    f"The stored bytes of “{file['filename']}” in “{item['title']}” are not those "
                    "that were submitted."
                )
    return Check(not problems, tuple(problems))


def _content(item: dict[str, Any]) -> dict[str, Any]:
    """The part of an item's facts that its digest is of."""
    further = {name: item[name] for name in FURTHER if name in item}
    return {**{name: item[name] for name in CONTENT}, **further}


def _held(item: BundleItem) -> BundleItem:
    return BundleItem(
        item_id=item.item_id,
        version=item.version,
        content_hash=item.content_hash,
        title=HELD_BACK,
        narrative="",
        activity_on=item.activity_on,
        module_code=item.module_code,
        strands=item.strands,
        duty=item.duty,
        author=item.author,
        files=(),
        attestations=tuple(replace(one, statement="") for one in item.attestations),
        is_held=True,
    )


def _item_facts(item: EvidenceItem) -> dict[str, Any]:
    version = next(one for one in item.versions if one.number == item.current_version)
    by_participant = item.author_id == item.participant.user_id
    return {
        "item": item.id,
        "version": version.number,
        "content_hash": version.content_hash,
        **content_facts(content_of(version), version.files),
        **_behind(version),
        # The participant's name is not in it: a marker may have to work without knowing it.
        "author": {
            "id": item.author_id,
            "role": "participant" if by_participant else "coach",
            "name": None if by_participant else known_as(item.author),
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
                "valid": standing(word_of(attestation), version.number, version.content_hash)
                is Standing.VALID,
                **_taken_back(attestation),
            }
            for each in item.versions
            for attestation in each.attestations
            if attestation.decision == "signed"
        ],
    }


def _behind(version: EvidenceVersion) -> dict[str, Any]:
    """The words of what the content names by number: they can change afterwards, these do not."""
    found: dict[str, Any] = {}
    if version.impact is not None:
        found["impact"] = asdict(impact_of(version.impact))
    if version.target is not None:
        found["target_words"] = target_words(version)
    return found


def _is_for(attestation: dict[str, Any], item: dict[str, Any]) -> bool:
    return all(attestation[name] == item[name] for name in ("version", "content_hash"))


def _taken_back(attestation: Attestation) -> dict[str, Any]:
    """That it was taken back before the work was handed in, where that is so."""
    found = attestation.revocation
    if found is None:
        return {}
    return {"taken_back": {"at": found.revoked_at.isoformat(), "reason": found.reason}}


def _parse_taken_back(facts: dict[str, Any]) -> TakenBack | None:
    found = facts.get("taken_back")
    return TakenBack(datetime.fromisoformat(found["at"]), found["reason"]) if found else None


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
                attestation_id=one["id"],
                coach=one["coach"]["name"],
                statement=one["statement"],
                signed_at=datetime.fromisoformat(one["signed_at"]),
                version=one["version"],
                valid=one["valid"],
                by_author=one["coach"]["id"] == facts["author"]["id"],
                duty=one["duty"],
                taken_back=_parse_taken_back(one),
            )
            for one in facts["attestations"]
        ),
        setting=facts.get("setting"),
        rationales=facts.get("rationales", {}),
        links=tuple(facts.get("links", ())),
        impact=Impact(**facts["impact"]) if "impact" in facts else None,
        target=facts.get("target_words"),
        pupils=facts.get("pupils"),
        permission_by=facts.get("permission_by"),
        permission_basis=facts.get("permission_basis"),
    )
