"""The MTL Tool: an LTI 1.3 tool for the Masters in Teaching and Learning."""

from __future__ import annotations

import sys

import click
from flask import Flask


def create_app() -> Flask:
    """What `flask --app lti_tool …` calls: settings from the environment, or a clear stop."""
    from lti_tool.app import create_app as build
    from lti_tool.db_complaints import explain
    from lti_tool.logs import catch_what_is_left
    from lti_tool.settings import SettingsInvalid, load_settings

    # The application is loaded before the command line is read, so look at the words themselves.
    migrating = "db" in sys.argv[1:]
    catch_what_is_left(explain)
    try:
        return build(load_settings(), ready=not migrating)
    except SettingsInvalid as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)
