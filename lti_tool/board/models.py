"""Boards, their decisions, and the external examiner's reviews."""
