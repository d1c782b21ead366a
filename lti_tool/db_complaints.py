"""What a database says when it cannot be used, as a sentence that tells an operator what to do."""

from __future__ import annotations

import re

from alembic.util import CommandError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from lti_tool.db import WrongEncoding

# The first pattern that is found in what the driver says decides.
SENTENCES = (
    ("password authentication failed|no password supplied",
     "The database refuses the name or the password in DATABASE_URL. Put them right."),
    ('role ".*" does not exist',
     "The database does not know the name in DATABASE_URL. Make it with CREATE ROLE."),
    ('database ".*" does not exist',
     "There is no database of the name in DATABASE_URL. Make it: "
     "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"),
    ("read-only transaction|readonly database",
     "The database may be read and not written. Let DATABASE_URL name the one that takes changes, "
     "or make its file and folder writable."),
    ("permission denied|must be owner",
     "The name in DATABASE_URL may not do this in the database. Let it own the tables and schema."),
    ("database is locked",
     "Somebody else is writing into the database. Try again when they are done."),
    ("file is not a database|malformed",
     "The file that DATABASE_URL names is no SQLite database, or is damaged. Name the right "
     "one, or bring back a backup."),
    ("disk is full|no space left",
     "There is no room left for the database. Make some; nothing was changed."),
    ("connection failed|connection is bad|unable to open|name or service|failed to resolve"
     "|could not translate|connection refused|server closed|timeout|terminating connection"
     "|starting up|too many clients",
     "The database cannot be reached. See whether it runs, and whether DATABASE_URL names its "
     "machine, port and folder as they are."),
)  # fmt: skip


def explain(error: BaseException) -> str | None:
    """The sentence, or None where it is not the database's doing."""
    if isinstance(error, WrongEncoding):
        return str(error)
    if isinstance(error, CommandError) and "locate revision" in str(error):
        return (
            "The tables are of a newer version of the tool. Use that version, or bring back a "
            "backup from before; nothing was changed."
        )
    if not isinstance(error, DBAPIError) or isinstance(error, (DataError, IntegrityError)):
        return None
    said = str(error.orig).lower().partition("\nline ")[0]  # not the words of our own statement
    return next((sentence for pattern, sentence in SENTENCES if re.search(pattern, said)), None)
