"""Platforms that may launch the tool."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.clock import now
from lti_tool.launch import invitations, registrations
from lti_tool.launch.models import Registration, RegistrationInvitation
from lti_tool.people import providers
from lti_tool.settings import Settings

group = AppGroup("platforms", help="The VLEs that may launch the tool.")


@group.command("add")
@click.option("--issuer", required=True, help="The platform's id, an address without slash.")
@click.option("--client-id", required=True)
@click.option("--auth-login-url", required=True, help="Authentication request URL.")
@click.option("--auth-token-url", required=True, help="Access token URL.")
@click.option("--jwks-url", required=True, help="Public keyset URL.")
@click.option("--deployment-id", "deployment_ids", multiple=True, required=True)
@click.option("--frame-origin", "frame_origins", multiple=True, help="Who may frame the tool.")
@click.option("--product", help="moodle or canvas; guessed from the addresses if left out.")
@click.option("--name", help="What people here call this platform.")
@click.option("--provider", help="Needed only where there are several providers.")
def add(provider: str | None, **given: Any) -> None:
    """Add a platform, or bring one with the same issuer and client id up to date."""
    with doing():
        found = registrations.ensure_registration(
            providers.get_provider(provider), registrations.Details(**given)
        )
        number = found.id
    click.echo(f"Registered platform {number}")


@group.command("invite")
@click.option("--name", help="What people here call this platform.")
@click.option("--provider", help="Needed only where there are several providers.")
@click.option("--withdraw", type=int, metavar="ID", help="Make no new one; end this one instead.")
def invite(name: str | None, provider: str | None, withdraw: int | None) -> None:
    """Print an address with which a VLE's administrator adds the tool, once, within seven days."""
    if withdraw is not None:
        if name or provider:
            raise click.UsageError("--withdraw takes no other option.")
        with doing():
            invitations.withdraw(withdraw)
        click.echo(f"Invitation {withdraw} is withdrawn. Its address registers nothing any more.")
        return
    settings: Settings = current_app.config["SETTINGS"]
    if settings.public_url is None:
        raise click.ClickException("Set PUBLIC_URL to the address of this tool.")
    with doing():
        token = invitations.invite(providers.get_provider(provider), name)
    click.echo(f"{settings.public_url}/lti/register?invitation={token}")


@group.command("invitations")
@as_json
def list_invitations(wants_json: bool) -> None:
    """Show all invitations. Their addresses are told once, when they are made, and kept nowhere."""
    rows = [_invitation_row(each) for each in invitations.list_invitations()]
    show(rows, wants_json=wants_json, empty="There is no invitation. See: platforms invite --help")


@group.command("list")
@as_json
def list_all(wants_json: bool) -> None:
    """Show all platforms."""
    rows = [_row(each) for each in registrations.list_registrations()]
    show(rows, wants_json=wants_json, empty="No platform is registered. See: platforms add --help")


@group.command("approve")
@click.argument("platform", type=int)
@click.option("--deployment-id", help="Only this one; else all that wait.")
def approve(platform: int, deployment_id: str | None) -> None:
    """Let places in from which a known platform launched for the first time."""
    with doing():
        found = registrations.get_registration(platform)
        approved = registrations.approve(found, deployment_id)
    click.echo(f"Approved: {', '.join(approved)}")


@group.command("disable")
@click.argument("platform", type=int)
@click.option("--undo", is_flag=True, help="Take launches again.")
def disable(platform: int, undo: bool) -> None:
    """Refuse launches of a platform. Nothing that is stored is lost."""
    with doing():
        found = registrations.get_registration(platform)
        (registrations.enable if undo else registrations.disable)(found)
    click.echo(f"Platform {platform} is {'enabled' if undo else 'disabled'}.")


@group.command("check")
@click.argument("platform", type=int)
@as_json
def check(platform: int, wants_json: bool) -> None:
    """Ask a platform for its keys and for a token, and tell how the last launch went."""
    from lti_tool.launch.health import check_platform

    with doing():
        findings = check_platform(platform)
    rows = [
        {"check": each.what, "ok": "yes" if each.ok else "no", "finding": each.sentence}
        for each in findings
    ]
    show(rows, wants_json=wants_json, empty="")
    if not all(each.ok for each in findings):
        sys.exit(1)


def _invitation_row(invitation: RegistrationInvitation) -> dict[str, Any]:
    used, expires = invitation.used_at, invitation.expires_at
    return {
        "id": invitation.id,
        "name": invitation.name,
        "made": invitation.created_at.isoformat(timespec="minutes"),
        "expires": expires.isoformat(timespec="minutes"),
        "used": used.isoformat(timespec="minutes") if used else None,
        "state": "used" if used else "open" if expires > now() else "expired",
        "platform": invitation.registration_id,
    }


def _row(registration: Registration) -> dict[str, Any]:
    waiting = [each for each in registration.deployments if each.approved_at is None]
    approved = [each for each in registration.deployments if each.approved_at is not None]
    last = registration.last_launch_at
    return {
        "id": registration.id,
        "name": registration.name,
        "product": registration.product,
        "issuer": registration.issuer,
        "client_id": registration.client_id,
        "deployments": [each.deployment_id for each in approved],
        "waiting": [each.deployment_id for each in waiting],
        "state": "disabled" if registration.disabled_at else "enabled",
        "last_launch": last.isoformat(timespec="minutes") if last else None,
    }
