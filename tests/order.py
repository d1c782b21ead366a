"""In a run of everything the longest begin first, so that at the end nobody waits for one of them.

Those that share what is dear stand together, for then one process makes it: a running Chromium
and the pages that axe-core has seen; the gate of the access matrix. The processes take the list in
equal parts, from its beginning on, so each of these groups begins a part of its own; whoever is
done takes over from the end of another's part.
"""

from __future__ import annotations

import os

import pytest

DEAR = (
    ("tests/journeys/",),
    (
        "tests/scaled",
        "tests/integration/attacks/test_odd_forms.py",
        "tests/integration/attacks/test_access_matrix.py",
    ),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("MTL_WHOLE_SUITE"):
        items[:] = laid_out(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def laid_out(items: list[pytest.Item], parts: int) -> list[pytest.Item]:
    """All of them, each dear group at the beginning of a part, while there are parts."""
    groups = [[one for path in paths for one in items if _is_of(one, path)] for paths in DEAR]
    dear = {one for group in groups for one in group}
    rest, found = [one for one in items if one not in dear], list[pytest.Item]()
    for number in range(parts):
        end = len(found) + (len(items) - len(found)) // (parts - number)
        mine = groups[number : number + 1] if number < parts - 1 else groups[number:]
        for group in mine:
            found += group
        few = max(0, end - len(found))
        found += rest[:few]
        rest = rest[few:]
    return found


def _is_of(item: pytest.Item, path: str) -> bool:
    return item.nodeid.startswith(path)
