"""Why a launch was refused: a code for the log, a sentence for the person in front of it."""

from __future__ import annotations


class BadLaunch(Exception):
    """The launch is refused. 401: who sent it is not proved; 400: it is no launch we can read.

    `heading` is for refusals that opening the link again would not change.
    """

    def __init__(
        self, code: str, sentence: str, *, status: int = 400, heading: str | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.heading = heading


def unproved(code: str, sentence: str) -> BadLaunch:
    """A refusal because signature, state, nonce or time do not fit."""
    return BadLaunch(code, sentence, status=401)


def waiting_for_approval() -> BadLaunch:
    """A known platform launches from a place that no operator has approved yet."""
    return BadLaunch(
        "deployment_pending",
        "The tool was added to your VLE in a new place. It opens as soon as the operator of the "
        "tool has approved that place.",
        status=403,
        heading="Waiting for approval",
    )


def switched_off() -> BadLaunch:
    """The operator has disabled this platform."""
    return BadLaunch(
        "client_disabled",
        "The operator of the tool has switched it off for your VLE. Nothing that was stored is "
        "lost.",
        status=403,
        heading="The tool is switched off",
    )


class BadRegistration(Exception):
    """A platform cannot be registered so: a code for the log, and what its administrator can do."""

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        status: int = 400,
        heading: str = "The tool was not registered",
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.heading = heading
