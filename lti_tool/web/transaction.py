"""One transaction a request: committed once after a view that succeeded, else rolled back."""

from __future__ import annotations

from flask import Flask, Response
from flask.typing import ResponseReturnValue

from lti_tool.db import db


class Tool(Flask):
    """Flask, with the commit inside the dispatch, so that a failing commit gets its error page."""

    def dispatch_request(self) -> ResponseReturnValue:
        response: Response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response
