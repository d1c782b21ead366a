"""The two pages that talk to the platform's page around them, where it keeps values for tools.

https://www.imsglobal.org/spec/lti-pm-s/v0p1
"""

from __future__ import annotations

from flask import render_template, url_for

from lti_tool.launch import arrival, binding, state
from lti_tool.launch.binding import Waiting
from lti_tool.launch.login import Beginning
from lti_tool.launch.runtime import runtime
from lti_tool.launch.views.telling import note_waiting
from lti_tool.web.headers import allow_frames


def keep_page(beginning: Beginning) -> str:
    """Gives the platform's page what binds this browser, then goes on to the platform."""
    # In place of a redirect, which every page may show too; and a Canvas frames from an address
    # of the university that only the launch itself will tell.
    allow_frames(["*"])
    return render_template(
        "launch/keep_binding.html",
        storage=beginning.storage,
        key=beginning.cookie_name,
        value=beginning.cookie,
        next_url=beginning.url,
    )


def ask_page(waiting: Waiting, login_state: str) -> str:
    """Asks the platform's page for it again, and posts what came."""
    note_waiting()
    allow_frames(arrival.frame_origins(waiting.registration_id, waiting.launch))
    return render_template(
        "launch/ask_binding.html",
        storage=waiting.login.storage,
        key=state.cookie_name(login_state),
        ticket=binding.keep(runtime().store, waiting),
        action_url=url_for("launch.bind"),
    )
