"""Pages of the external examiner and of the board."""

from __future__ import annotations

from lti_tool.board.views import boards, decisions, examiners, examining, pack
from lti_tool.board.views.blueprint import bp

__all__ = ["boards", "bp", "decisions", "examiners", "examining", "pack"]
