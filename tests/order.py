"""In a run of everything the longest begin first, so that at the end nobody waits for one of them.

Those that share what is dear stand together, for then one process makes it: the gate of the access
matrix, a running Chromium, the pages that axe-core has seen. The processes take the list in equal
parts, from its beginning on, and whoever is done takes over from the end of another's part.
"""

from __future__ import annotations

import os

import pytest

FIRST = (
    "tests/scaled",
    "tests/integration/attacks/test_odd_forms.py",
    "tests/integration/attacks/test_access_matrix.py",
    "tests/journeys/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("MTL_WHOLE_SUITE"):
        items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    found = (number for number, path in enumerate(FIRST) if item.nodeid.startswith(path))
    return next(found, len(FIRST))
