"""People, as the operator needs them: who is there, and who is programme lead."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.people import directory, providers
from lti_tool.people.users import appoint_lead

group = AppGroup("people", help="The people who have opened the tool.")


@group.command("list")
@click.option("--provider", help="Needed only where there are several providers.")
@as_json
def list_all(provider: str | None, wants_json: bool) -> None:
    """Show everybody, with what they have been met as."""
    with doing():
        rows = [
            {
                "id": each.user.id,
                "name": each.user.name,
                "email": each.user.email,
                "met as": list(each.roles),
                "lead since": each.user.lead_since.isoformat() if each.user.lead_since else None,
            }
            for each in directory.list_people(providers.get_provider(provider))
        ]
    show(rows, wants_json=wants_json, empty="Nobody has opened the tool yet.")


@group.command("appoint")
@click.argument("user")
@click.option("--as", "role", type=click.Choice(["lead"]), required=True)
@click.option("--provider", help="Needed only where there are several providers.")
def appoint(user: str, role: str, provider: str | None) -> None:
    """Make USER (an id, e-mail address or whole name) the programme lead."""
    with doing():
        found = directory.get_user(providers.get_provider(provider), user)
        directory.check_is_staff(found)
        appoint_lead(found)
        name = found.name
    click.echo(f"{name} is programme lead from the next launch on.")
