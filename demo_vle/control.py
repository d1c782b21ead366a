"""The platform's handles for tests and demos in another process."""

from flask import Blueprint

bp = Blueprint("control", __name__)
