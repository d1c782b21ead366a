"""What was handed in without the names in it, for markers who know a candidate number only.

Words and pictures stay as they are: a portfolio of practice cannot hide whose it is altogether.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from lti_tool.evidence.bundle import Bundle, BundleAttestation, BundleFile, BundleItem
from lti_tool.people.vouching import ON_TRUST

COACH = "a coach"


def without_names(bundle: Bundle) -> Bundle:
    """The bundle with numbers for files, and roles for people."""
    return replace(bundle, items=tuple(map(_item, bundle.items)), is_nameless=True)


def neutral_name(number: int, filename: str) -> str:
    """What a file is called where its own name may give somebody away."""
    return f"file-{number}{PurePath(filename).suffix.lower()}"


def _item(item: BundleItem) -> BundleItem:
    files = tuple(_file(number, file) for number, file in enumerate(item.files, start=1))
    return replace(
        item,
        author=_author(item.author),
        files=files,
        attestations=tuple(map(_attestation, item.attestations)),
        permission_by=item.permission_by and "somebody at the school",
    )


def _author(name: str | None) -> str | None:
    """A coach without a name; that nobody has confirmed them is told all the same."""
    if not name:
        return None
    return COACH + ON_TRUST if name.endswith(ON_TRUST) else COACH


def _file(number: int, file: BundleFile) -> BundleFile:
    return replace(file, filename=neutral_name(number, file.filename))


def _attestation(one: BundleAttestation) -> BundleAttestation:
    return replace(one, coach=COACH)
