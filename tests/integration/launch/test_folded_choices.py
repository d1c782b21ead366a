"""The list of what can be placed is long: it folds, so that a phone shows few lines at once."""

from __future__ import annotations

from requests import Response

from tests.integration.launch.test_deep_linking import chooser, press
from tests.pages import check_page
from tests.world import World


def test_a_long_list_is_folded_but_for_what_comes_first_what_is_chosen_and_what_is_found(
    world: World,
) -> None:
    def folds(page: Response) -> dict[str, bool]:
        return {
            summary.get_text(strip=True): fold.has_attr("open")
            for fold in check_page(page, 200).select("details.app-offers")
            for summary in fold.select("summary")
        }

    world.participant("Amira Khan")
    tutor, page = chooser(world)
    course, nearest, later, *_ = folds(page).items()
    assert course == ("The whole course (2)", True)
    assert (nearest[0].partition(":")[0], nearest[1]) == ("Phase 1", True)
    assert (later[0].partition(":")[0], later[1]) == ("Phase 2", False)
    more = press(tutor, page, "parts", "module:MTL3")
    found = folds(more)
    assert [title for title, is_open in found.items() if is_open] == [
        "The whole course (2)", *(title for title in found if title.endswith(", 1 chosen)")),
    ]  # fmt: skip
    assert found["The coach of one participant (1)"] is False
    looked = folds(press(tutor, more, "find", "module:MTL3", words="Amira"))
    assert looked["The coach of one participant (1)"] is True
    assert all(looked.values())
