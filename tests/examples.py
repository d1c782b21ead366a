"""In a run of everything, most tests are run on one store each, half of them on either.

What a page says does not depend on the store, and every part of the tool has many tests: each store
sees all of it in one run. What a store itself must keep (money-like facts, locks, refusals of the
database) is in `ALWAYS` or marked `each_store` and runs on both. So does every file that is run by
itself, with `make test T=path`. Which half a test belongs to hangs on its name alone.
"""

from __future__ import annotations

import os
from collections import defaultdict
from zlib import crc32

import pytest

STORES = ("sqlite", "postgres")
ALWAYS = tuple(f"tests/integration/{part}/" for part in ("core", "grades", "histories"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "each_store: on both stores, in a run of everything too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("MTL_WHOLE_SUITE"):
        return
    pairs: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        call = getattr(item, "callspec", None)
        store = call.params.get("tool") if call else None
        if store is None or item.nodeid.startswith(ALWAYS) or item.get_closest_marker("each_store"):
            continue
        pairs[item.nodeid.replace(store, "", 1)][store] = item
    left_out = {
        pair[STORES[crc32(name.encode()) % 2]]
        for name, pair in pairs.items()
        if pair.keys() == set(STORES)
    }
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
