"""Pages of the external examiner and of the board."""

from lti_tool.board.views.blueprint import bp

__all__ = ["bp"]
