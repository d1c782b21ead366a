"""The pages about people and places, as one blueprint."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("people", __name__)
