"""A programme may ask for exactly the records that the tool keeps."""

from __future__ import annotations

import re

from lti_tool.learning.records import EVERYTHING
from lti_tool.programme.codes import RECORDS


def test_every_record_that_a_programme_may_ask_for_is_looked_up() -> None:
    looked_up = re.findall(r"'record' AS \w+, '(\w+)' AS", str(EVERYTHING.compile()))
    assert set(looked_up) == set(RECORDS)
