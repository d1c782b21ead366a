"""Which button of a form was pressed, where a form has more than one."""

from __future__ import annotations

from lti_tool.errors import Invalid
from lti_tool.web.forms import Form, chosen_action


def pressed_button(form: Form, *known: str, by_enter: str = "") -> str:
    """The button that was pressed; a name that the form does not have is refused on it.

    `by_enter` is what a form that comes without a button asks for.
    """
    action = chosen_action(by_enter)
    if action not in known:
        form.refuse(Invalid("This button is not known here. Nothing was done."))
    return action
