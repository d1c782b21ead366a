"""In a run of everything, a long table of examples is tried half on each store.

What such a table is about (a sentence for each wrong value) does not depend on the store; that it
works at all on each is seen by the other half. Whatever a store itself refuses is marked
`each_store` and is tried whole on both, as is every file that is run by itself.
"""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

STORES = ("sqlite", "postgres")
LONG = 5


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "each_store: every example on both stores, always")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("MTL_WHOLE_SUITE"):
        return
    tables: dict[str, dict[str, list[pytest.Item]]] = defaultdict(dict)
    for item in items:
        call = getattr(item, "callspec", None)
        if call is None or "tool" not in call.params or item.get_closest_marker("each_store"):
            continue
        example = call.id.replace(call.params["tool"], "", 1)
        tables[item.nodeid.partition("[")[0]].setdefault(example, []).append(item)
    left_out = {
        item
        for examples in tables.values()
        if len(examples) >= LONG
        for place, found in enumerate(examples.values())
        for item in found
        if len(found) == 2 and STORES.index(item.callspec.params["tool"]) != place % 2  # type: ignore[attr-defined]
    }
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
