"""What is told of evidence elsewhere holds with a bucket, too."""

from tests.integration.evidence.test_adding_evidence import (
    test_a_file_comes_back_as_a_download_that_no_browser_opens as test_a_download,
)
from tests.integration.evidence.test_adding_evidence import (
    test_a_file_is_left_out_of_a_new_version_when_its_box_is_cleared as test_a_file_left_out,
)
from tests.integration.evidence.test_adding_evidence import (
    test_evidence_is_added_with_several_files as test_several_files,
)
from tests.integration.evidence.test_adding_evidence import (
    test_files_that_have_arrived_are_not_asked_for_again as test_files_that_have_arrived,
)
from tests.integration.evidence.test_attesting import (
    test_a_coach_attests_the_version_that_was_read as test_attesting,
)
from tests.integration.evidence.test_handing_out import (
    film,
)
from tests.integration.evidence.test_handing_out import (
    test_a_player_gets_the_part_that_it_asks_for as test_a_part,
)
from tests.integration.evidence.test_handing_out import (
    test_pictures_and_pages_can_be_looked_at_on_the_page as test_previews,
)
from tests.integration.evidence.test_submitting import (
    test_a_module_is_submitted_with_a_receipt_that_can_be_checked as test_a_receipt,
)
from tests.integration.evidence.test_submitting import (
    test_a_receipt_holds_after_a_restart as test_a_restart,
)
from tests.integration.evidence.test_submitting import (
    test_nothing_done_to_the_evidence_afterwards_touches_the_submission as test_a_submission,
)
from tests.integration.evidence.test_verifying import (
    test_a_byte_that_changed_is_told_with_the_rows_that_need_it as test_a_changed_byte,
)
from tests.integration.evidence.test_verifying import (
    test_bytes_that_are_gone_are_told_with_the_receipt_they_belong_to as test_bytes_gone,
)

__all__ = [
    "film",
    "test_a_changed_byte",
    "test_a_download",
    "test_a_file_left_out",
    "test_a_part",
    "test_a_receipt",
    "test_a_restart",
    "test_a_submission",
    "test_attesting",
    "test_bytes_gone",
    "test_files_that_have_arrived",
    "test_previews",
    "test_several_files",
]
