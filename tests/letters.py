"""Reading the mail that the tool wrote, out of its folder, as whoever it was sent to would."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.people.models import Mail
from lti_tool.people.outbox import send_due
from tests.tool_server import RunningTool

ADDRESS = re.compile(r"https?://\S+")
CODE = re.compile(r"^ +([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)


def mails_to(tool: RunningTool, address: str) -> list[EmailMessage]:
    """All mail to an address, oldest first, once the worker has done its rounds."""
    with tool.app.app_context():
        send_due()
        query = select(Mail.reference).where(Mail.address == address.lower(), Mail.state == "sent")
        references = db.session.scalars(query.order_by(Mail.id)).all()
    folder = Path(tool.environ["MAIL_URL"])
    return [_read(next(folder.glob(f"*-{reference}.eml"))) for reference in references]


def text_in(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def link_in(mail: EmailMessage) -> str:
    """The one address that a mail tells."""
    found = set(ADDRESS.findall(text_in(mail)))
    assert len(found) == 1, found
    return found.pop()


def code_in(mail: EmailMessage) -> str:
    """The code that a mail tells."""
    found = CODE.findall(text_in(mail))
    assert len(found) == 1, text_in(mail)
    return str(found[0])


def _read(path: Path) -> EmailMessage:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail
