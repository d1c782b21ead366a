"""What waited for a tutor to say what a copied link is for goes out as soon as that is said."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_, select, update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.grades.line_items import WAITS
from lti_tool.grades.models import Delivery, HandIn, LineItem
from lti_tool.jobs import DELIVERIES, HAND_INS, wake_after_commit
from lti_tool.launch.destinations import MODULE
from lti_tool.launch.models import SETTLED, ResourceLink

OF_ITS_MODULE = (
    ResourceLink.course_id == LineItem.course_id,
    ResourceLink.opens == MODULE,
    ResourceLink.module_code == LineItem.module_code,
)
# The contrary of `launch.courses.waits_for_tutor`, for all columns at once.
DECIDED = select(LineItem.id).where(
    or_(
        exists().where(and_(*OF_ITS_MODULE, ResourceLink.state.in_(SETTLED))),
        ~exists().where(and_(*OF_ITS_MODULE, ResourceLink.state == "copied")),
    )
)


def make_due() -> None:
    """The handler of the "links" job: what waits for a link that is decided now is due."""
    begin_as_writer()
    for row, job in ((Delivery, DELIVERIES), (HandIn, HAND_INS)):
        moved = db.session.execute(
            update(row)
            .where(
                row.state == "queued",
                row.reason == WAITS,
                row.due_at > now(),
                row.line_item_id.in_(DECIDED),
            )
            .values(due_at=now(), reason=None)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount:  # type: ignore[attr-defined]
            wake_after_commit(job)
    db.session.commit()
