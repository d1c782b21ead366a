"""The request that registers us at a platform, and what its answer means.

https://www.imsglobal.org/spec/lti-dr/v1p0#step-3-client-registration
"""

from __future__ import annotations

import json
import re

from marshmallow import ValidationError, fields, validate

from lti_tool.launch.http import SOMEBODY_WAITS, PlatformUnreachable, Reply, send
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.runtime import runtime
from lti_tool.launch.schemas import ClaimSchema
from lti_tool.launch.tool_configuration import TOOL, tool_configuration
from lti_tool.launch.verdicts import BadRegistration

LIMITS = SOMEBODY_WAITS
TAGS = re.compile(r"<[^>]*>")
BEGIN_AGAIN = "Begin again in your VLE with the same address: it is still good."


class AnswerSchema(ClaimSchema):
    """https://www.imsglobal.org/spec/lti-dr/v1p0#client-registration-response"""

    class ConfigurationSchema(ClaimSchema):
        deployment_id = fields.String(validate=validate.Length(max=255))

    client_id = fields.String(required=True, validate=validate.Length(min=1, max=255))
    configuration = fields.Nested(ConfigurationSchema, data_key=TOOL, load_default=dict)


def register_at(platform: PlatformConfiguration, token: str, ours: str) -> tuple[str, str | None]:
    """Client id, and the deployment where the platform names one. Raises BadRegistration.

    No transaction may be writing meanwhile.
    """
    body = tool_configuration(ours, platform.product, platform.scopes, platform.messages)
    current = runtime()
    try:
        reply = send(
            current.http,
            current.settings,
            "POST",
            platform.registration_endpoint,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            body=json.dumps(body).encode(),
            limits=LIMITS,
        )
    except PlatformUnreachable as error:
        raise BadRegistration(
            "platform_unreachable",
            f"{error.sentence} Look for the tool in your VLE's list of tools and delete it if it "
            f"is there. {BEGIN_AGAIN}",
            status=502,
        ) from error
    if reply.status // 100 != 2:
        raise _refusal(reply)
    try:
        read = AnswerSchema().load(json.loads(reply.text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise registered_there_only() from error
    if "\\u0000" in json.dumps(read):
        raise registered_there_only()
    return read["client_id"].strip(), (read["configuration"].get("deployment_id") or "").strip()


def _refusal(reply: Reply) -> BadRegistration:
    if reply.status == 401:
        return BadRegistration(
            "registration_token_refused",
            f"Your VLE takes its registration token no more: it is used or too old. {BEGIN_AGAIN}",
            status=502,
        )
    if reply.status >= 500:
        return BadRegistration(
            "platform_failed",
            f"Your VLE answered with an error of its own ({reply.status}). {BEGIN_AGAIN}",
            status=502,
        )
    said = " ".join(TAGS.sub(" ", reply.text).split())[:300]
    return BadRegistration(
        "registration_refused",
        f"Your VLE refused to register the tool ({reply.status}). "
        + (f"It said: “{said}” " if said else "")
        + "Tell the operator of the tool, who can also add it by hand. "
        "The registration address is still good.",
        status=502,
    )


def registered_there_only() -> BadRegistration:
    """The platform agreed, which cannot be undone from here, and we have nothing of it."""
    return BadRegistration(
        "registered_there_only",
        "Your VLE has added the tool, but the tool could not take that down, so it will not open. "
        "Delete the tool in your VLE and add it once more with the same address: it is still good.",
        status=502,
        heading="The tool was registered by half",
    )
