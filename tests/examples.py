"""In a run of everything, most tests are run on one store each, half of them on either.

What a page says does not depend on the store, and every part of the tool has many tests: each store
sees all of it in one run. What a store itself must keep (money-like facts, locks, refusals of the
database) is in `ALWAYS` or marked `each_store` and runs on both. Where such a test is about two
platforms as well, each store gets one of them: which, differs from test to test. A file that is run
by itself, with `make test T=path`, runs in every combination. What is drawn hangs on names alone.
"""

from __future__ import annotations

import os
from collections import defaultdict
from zlib import crc32

import pytest

STORES = ("sqlite", "postgres")
PLATFORMS = ("moodle", "canvas")
ALWAYS = tuple(f"tests/integration/{part}/" for part in ("core", "grades", "histories"))
# How a mark comes about. What of it a store must keep is marked; where a mark goes to is not here.
JUDGED = tuple(
    f"tests/integration/grades/test_{name}.py"
    for name in (
        "adjustments", "by_number", "chain", "marking_form", "marking_pages", "marks_commands",
        "marks_sheets", "moderating", "review_from_the_gradebook",
    )
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "each_store: on both stores, in a run of everything too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("MTL_WHOLE_SUITE"):
        return
    pairs: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if store := asked(item, "tool"):
            pairs[item.nodeid.replace(store, "", 1)][store] = item
    left_out = {
        pair[store]
        for name, pair in pairs.items()
        if pair.keys() == set(STORES)
        for store in spared(name, pair["sqlite"])
    }
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def spared(name: str, item: pytest.Item) -> list[str]:
    """The stores on which a test is not run; `name` is its name without the store."""
    if item.get_closest_marker("each_store"):
        return []
    if not item.nodeid.startswith(ALWAYS) or item.nodeid.startswith(JUDGED):
        return [STORES[crc32(name.encode()) % 2]]
    product = asked(item, "product")
    if product not in PLATFORMS:
        return []
    drawn = crc32(name.replace(product, "").encode()) + PLATFORMS.index(product)
    return [STORES[drawn % 2]]


def asked(item: pytest.Item, name: str) -> str:
    """A parameter of a test, or nothing."""
    call = getattr(item, "callspec", None)
    return str(call.params.get(name, "")) if call else ""
