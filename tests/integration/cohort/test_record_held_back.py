"""What nobody may open is not in the download of one's own record either."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from tests.integration.evidence.steps import added
from tests.integration.evidence.test_scanning import Scanned, scanned
from tests.world import Person, World

__all__ = ["scanned"]
SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def downloaded(person: Person) -> Iterator[bytes]:
    """All that the download holds."""
    archive = zipfile.ZipFile(io.BytesIO(person.get("my-record.zip").content))
    return (archive.read(name) for name in archive.namelist())


@SQLITE
def test_the_impact_of_reported_evidence_is_left_out(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    kept = {"impact-baseline": "Half of the group read with help"}
    added(amira, button="submit", **kept)
    item = added(amira, button="submit", **{"impact-baseline": "Ruby Smith could not read"})
    page = colin.get(f"evidence/{item}")
    colin.submit(page, {"reason": "recognised"}, button=("action", "report"), form="#report")
    words = b"".join(downloaded(amira))
    assert kept["impact-baseline"].encode() in words
    assert b"Ruby Smith" not in words


@SQLITE
def test_a_file_that_waits_for_the_scanner_is_left_out(scanned: Scanned) -> None:
    amira = scanned.world.participant()
    added(amira, ("seen.txt", b"Words that were looked at."))
    scanned.daemon.stop()
    added(amira, ("unseen.txt", b"Words that nobody has looked at."))
    words = b"".join(downloaded(amira))
    assert b"that were looked at" in words
    assert b"that nobody has looked at" not in words
