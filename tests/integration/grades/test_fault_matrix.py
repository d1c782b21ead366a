"""The fault matrix in short; `make faults` runs all of it."""

from __future__ import annotations

import pytest

from tests.faults.cases import BOTH, CASES, Case, meet
from tests.world import World

SHORT = [
    pytest.param(case, product, marks=[pytest.mark.canvas] if product == "canvas" else [])
    for case in CASES
    for product in BOTH
    if case.is_short and product in case.products
]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("case", "product"), SHORT, ids=lambda each: getattr(each, "name", each))
def test_the_gradebook_ends_with_what_was_released_once(
    case: Case, product: str, world: World
) -> None:
    assert meet(case, world).wrong == ()
    assert world.product == product


def test_the_matrix_has_every_case_on_some_platform_and_each_name_once_there() -> None:
    for product in BOTH:
        names = [case.name for case in CASES if product in case.products]
        assert len(names) == len(set(names))
