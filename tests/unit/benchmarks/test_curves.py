"""Pictures of figures, each beside its table."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.curves import GAP, Curves, _apart, _Axis, _ends
from benchmarks.tables import Figures, renew

SVG = "{http://www.w3.org/2000/svg}"
FOUND = Curves(
    "page-times", "Times of pages", "Participants", "ms",
    (100, 2_000, 20_000), {"home & plan": (9, 10, 11), "cohort": (80, 200, 1_400), "busy": (90,)},
)  # fmt: skip


def test_a_page_is_renewed_with_its_pictures_beside_it(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("Before\n<!-- figures of pages -->\nold\n<!-- end of pages -->\nAfter\n")

    renew("pages", [Figures("Title", ("page", "ms"), [["home", "9"]], "A note.", [FOUND])], page)

    text = page.read_text()
    assert "| home |  9 |" in text
    assert "old" not in text
    assert text.index("A note.") < text.index("](pictures/page-times.svg)") < text.index("After")
    assert (tmp_path / "pictures" / "page-times.svg").exists()


def test_each_curve_is_drawn_named_and_told_apart_without_colour(tmp_path: Path) -> None:
    FOUND.write(tmp_path)
    root = ElementTree.fromstring((tmp_path / "page-times.svg").read_text(encoding="utf-8"))
    lines = root.findall(f"{SVG}polyline")
    words = [each.text for each in root.findall(f"{SVG}text")]

    assert root.findtext(f"{SVG}title") == "Times of pages"
    assert {"● home & plan", "■ cohort", "▲ busy", "100", "2,000", "20,000"} <= set(words)
    assert len({each.get("stroke-dasharray") for each in lines}) == 3
    assert [len(each.get("points", "").split()) for each in lines] == [3, 3, 1]
    assert "pictures/page-times.svg" in FOUND.as_markdown()


@pytest.mark.parametrize(
    ("values", "ends"), [((9, 1400), (1, 10_000)), ((10, 10), (10, 100)), ((0.2, 3), (0.1, 10))]
)
def test_the_scale_ends_at_powers_of_ten(
    values: tuple[float, ...], ends: tuple[float, float]
) -> None:
    assert _ends(values) == ends


def test_twice_as_much_is_as_far_everywhere() -> None:
    axis = _Axis((1, 10_000), 400, 0)

    assert axis.at(200) - axis.at(100) == pytest.approx(axis.at(2_000) - axis.at(1_000), abs=0.2)


def test_names_beside_curves_do_not_cover_each_other() -> None:
    found = _apart({"one": 100, "other": 101, "far": 300})

    assert found == {"one": 100, "other": 100 + GAP, "far": 300}
