"""The database itself refuses a change to what must stay as it was written."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lti_tool.audit.models import AuditEvent
from lti_tool.audit.record import record
from lti_tool.db import db
from lti_tool.people.providers import get_provider
from tests.tool_server import RunningTool


@pytest.mark.parametrize("verb", ["UPDATE audit_event SET event = 'x'", "DELETE FROM audit_event"])
def test_an_audit_event_stays_as_it_was_written(tool: RunningTool, verb: str) -> None:
    with tool.app.app_context():
        record(None, "provider.looked_at", get_provider())
        db.session.commit()
        with pytest.raises(DatabaseError, match="audit_event is never changed"):
            db.session.execute(text(verb))
        db.session.rollback()
        assert db.session.scalars(
            select(AuditEvent).where(AuditEvent.event == "provider.looked_at")
        ).first()
