"""Files sent in pieces stay and arrive whole with a bucket, too."""

from tests.integration.evidence.test_resumable_uploads import (
    test_a_file_whose_connection_is_cut_at_every_tenth_arrives_whole as test_cuts,
)
from tests.integration.evidence.test_resumable_uploads import (
    test_what_nobody_goes_on_with_is_gone_after_a_day as test_a_day,
)

__all__ = ["test_a_day", "test_cuts"]
