"""The shape of a programme file, so that a misspelt key never passes for a choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, post_load, validate

from lti_tool.programme.definition import Level, MarkingPolicy, ProgressionMode

Messages = dict[str, str | list[Any] | dict[Any, Any]]

MISSING = "is missing. Add it."
MAPPING = "needs keys and values beneath it, each as `key: value`."
LIST = "needs a list, such as `[one, two]`."
USUAL_QUORUM = 3  # of a board, where the programme names none


def one_of(choices: Sequence[str], instead_of: str = "") -> str:
    """The choices there are, the one that was probably meant first.

    Codes with numbers in them all look alike, so only words are guessed at.
    """
    is_word = not any(sign.isdigit() for sign in instead_of)
    near = get_close_matches(instead_of, choices, n=1) if is_word else []
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}Use one of {', '.join(choices)}."


class UnknownKey(str):
    """A message that is finished once the key is known: marshmallow gives one text to all keys."""

    known: tuple[str, ...] = ()

    def about(self, key: str) -> str:
        return f"{self} {one_of(self.known, key)}"


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("is empty. Write something here.")


def line(*, required: bool = True) -> fields.String:
    messages: Messages = {"required": MISSING, "invalid": "needs a line of text."}
    return fields.String(required=required, validate=_not_blank, error_messages=messages)


def whole(low: int, high: int, **options: Any) -> fields.Integer:
    sentence = f"needs a whole number from {low} to {high}."
    return fields.Integer(
        required="load_default" not in options,
        validate=validate.Range(low, high, error=sentence),
        error_messages={"required": MISSING, "invalid": sentence},
        **options,
    )


def truth(**options: Any) -> fields.Boolean:
    messages: Messages = {"required": MISSING, "invalid": "needs true or false."}
    return fields.Boolean(
        required="load_default" not in options,
        truthy={"true"},
        falsy={"false"},
        error_messages=messages,
        **options,
    )


def choice(*choices: str) -> fields.String:
    def check(text: str) -> None:
        if text not in choices:
            raise ValidationError(f"'{text}' is not a choice here. {one_of(choices, text)}")

    return fields.String(
        required=True,
        validate=check,
        error_messages={"required": MISSING, "invalid": one_of(choices)},
    )


def choice_of(enum: type[Enum]) -> fields.String:
    return choice(*(member.value for member in enum))


def _is_day(text: str) -> None:
    try:
        datetime.strptime(f"2001-{text}", "%Y-%m-%d")  # noqa: DTZ007 - a day, not an instant
    except ValueError:
        raise ValidationError("needs a month and a day, such as `09-01`.") from None


def month_and_day(*, load_default: str) -> fields.String:
    """A day of every year; the leap day is none."""
    messages: Messages = {"invalid": 'needs a month and a day in quotes, such as `"09-01"`.'}
    return fields.String(load_default=load_default, validate=_is_day, error_messages=messages)


def names(*, required: bool = False, load_default: Callable[[], list[str]] = list) -> fields.List:
    options: dict[str, Any] = {"required": True} if required else {"load_default": load_default}
    messages: Messages = {"required": MISSING, "invalid": LIST}
    return fields.List(line(), error_messages=messages, **options)


def some(nested: type[Schema] | fields.Field[Any], keys: Any = None) -> fields.Dict:
    """A mapping that the programme cannot do without, with at least one entry."""
    values = nested if isinstance(nested, fields.Field) else part(nested)
    return fields.Dict(
        keys=keys or line(),
        values=values,
        required=True,
        validate=validate.Length(min=1, error="is empty. Name at least one."),
        error_messages={"required": MISSING, "invalid": MAPPING},
    )


def part(nested: type[Schema], **options: Any) -> fields.Nested:
    options.setdefault("required", True)
    return fields.Nested(nested, error_messages={"required": MISSING}, **options)


class StrandsField(fields.Field[Any]):
    """Strands are a list, or a word for who chooses them."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(error_messages={"required": MISSING}, **options)
        self.words = words

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if value in self.words or (
            isinstance(value, list) and all(isinstance(v, str) for v in value)
        ):
            return value
        raise ValidationError(
            f"needs a list of strands, such as `['1.1', '1.2']`, or one of {', '.join(self.words)}."
        )


class Part(Schema):
    """A schema that names the keys it knows when it meets one that it does not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        unknown = UnknownKey("is not known here.")
        unknown.known = tuple(field.data_key or name for name, field in self.fields.items())
        self.error_messages["unknown"] = unknown
        self.error_messages["type"] = MAPPING


def day() -> fields.Date:
    messages: Messages = {"required": MISSING, "invalid": "needs a day, such as 2010-01-04."}
    return fields.Date(required=True, format="iso", error_messages=messages)


def tests() -> fields.Dict:
    """Facts with what is asked of each; all of them have to hold."""
    return fields.Dict(
        keys=line(),
        values=fields.Nested(lambda: FactTestSchema()),
        load_default=dict,
        error_messages={"invalid": MAPPING},
    )


class FrameworkSchema(Part):
    id = line()
    version = line()
    award = line()
    credits = whole(1, 1000)
    level = line()
    exit_awards = fields.Dict(
        keys=line(),
        values=whole(1, 1000),
        load_default=dict,
        error_messages={"invalid": MAPPING},
    )


class StrandSchema(Part):
    text = line()
    short = line(required=False)
    example = line(required=False)


class AreaSchema(Part):
    short = line(required=False)
    strands = some(StrandSchema)


class EntrySchema(Part):
    records = names()
    passed = names()
    credits = fields.Dict(
        keys=whole(1, 9),
        values=whole(1, 1000),
        load_default=dict,
        error_messages={"invalid": MAPPING},
    )
    areas_attested = whole(0, 100, load_default=0)


class PhaseSchema(Part):
    title = line()
    core = truth()
    credits = whole(1, 1000)
    weights = some(whole(0, 100))
    entry = part(EntrySchema, required=False, load_default=lambda: EntrySchema().load({}))


class AssessSchema(Part):
    kind = choice("portfolio", "research_report", "presentation")
    words = whole(0, 100_000)


class ModuleSchema(Part):
    phase = whole(1, 9)
    credits = whole(1, 1000)
    title = line()
    strands = StrandsField("any", "chosen_specialism", required=True)
    may_also = StrandsField("any", load_default=list)
    min_areas = whole(0, 100, load_default=0)
    requires = names()
    marking = choice_of(MarkingPolicy)
    assess = part(AssessSchema)
    apl_allowed = truth(load_default=False)
    compensable = truth(load_default=True)


class CriterionSchema(Part):
    label = line()
    asks = line()
    example = line(required=False)


class BandSchema(Part):
    floor = whole(0, 100, data_key="from")
    name = line()


class ProgressionSchema(Part):
    mode = choice_of(ProgressionMode)
    parallel_modules = whole(0, 100)


class StrandTargetSchema(Part):
    level = choice_of(Level)
    count = whole(0, 100)
    hard = truth()


class CompletionSchema(Part):
    credits = whole(1, 1000)
    areas_covered = choice_of(Level)
    strand_target = part(StrandTargetSchema)
    records = names()


class DutySchema(Part):
    label = line()
    sentence = line()


class CoachingSchema(Part):
    required_throughout = truth()
    training_required = truth()
    allow_other_school = truth()
    alert_no_dialogue_days = whole(1, 1000)
    attestation_required = truth()
    duties = some(DutySchema)


class ClassificationSchema(Part):
    basis = choice("credit_weighted_mean")
    exclude_apl = truth()
    distinction = whole(0, 100)
    merit = whole(0, 100)


class CompensationSchema(Part):
    enabled = truth()
    max_credits = whole(0, 1000)
    min_mark = whole(0, 100)


class ReassessmentSchema(Part):
    max_attempts = whole(1, 10)
    cap = whole(0, 100)
    deferral_uncapped = truth()


class LateSchema(Part):
    rule = choice(
        "marks_per_working_day", "percent_of_mark", "marks_per_24h", "cap_at_pass", "refuse"
    )
    deduct = whole(0, 100, load_default=0)
    zero_after_days = whole(0, 365, load_default=0)
    grace_minutes = whole(0, 1440, load_default=0)


class FeedbackSchema(Part):
    working_days = whole(1, 365)
    show_to_participant = truth()


class AplSchema(Part):
    max_credits = whole(0, 1000)
    requires_impact_record = truth()
    whole_modules_only = truth()
    currency_years = whole(0, 100)


class TimeSchema(Part):
    earliest_start = choice("summer_term_of_induction_year", "any_time")
    latest_start_year = whole(1, 50)
    expected_years = whole(1, 50)
    window_years = whole(1, 50)
    clock_stops_for = names()
    grace_days = whole(0, 1000)
    applies_to = names(load_default=lambda: ["nqt"])
    warn_days = whole(0, 1000, load_default=180)
    school_year_begins = month_and_day(load_default="09-01")
    summer_term_begins = month_and_day(load_default="04-01")


class FactTestSchema(Part):
    among = names()
    not_among = names()
    at_least = line(required=False)
    left_open = names()

    @post_load
    def complete(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"at_least": None, **data}


class ConditionSchema(Part):
    says = line()
    all = tests()
    any = fields.Dict(
        keys=line(), values=tests(), load_default=dict, error_messages={"invalid": MAPPING}
    )


class EligibilityRuleSchema(Part):
    label = line()
    window = choice("nqt", "none")
    enrol_from = day()
    start_from = day()
    when = tests()
    needs = names()


class EligibilitySchema(Part):
    version = line()
    conditions = fields.Dict(
        keys=line(),
        values=part(ConditionSchema),
        load_default=dict,
        error_messages={"invalid": MAPPING},
    )
    rules = some(EligibilityRuleSchema)


class ModerationSchema(Part):
    sample_all_below = whole(0, 1000)
    sample_at_least = whole(0, 1000)
    # An upper limit for large sets, where the programme names one.
    sample_at_most = whole(1, 1000, load_default=missing)
    per_band = whole(0, 100)
    borderline = whole(0, 100)
    auto_agree_within = whole(0, 100)


class BoardsSchema(Part):
    # The fewest who decide at a meeting, with the chair.
    quorum = whole(1, 50)


class GradebookSchema(Part):
    send_at = choice("provisional_release", "ratified")
    comment = line()
    recheck_days = whole(1, 365)


class RetentionSchema(Part):
    assessed_work = whole(0, 100)
    regulator_sample = whole(0, 100)
    unsubmitted_evidence = whole(0, 100)
    audit = whole(0, 100)


class ProgrammeSchema(Part):
    """Every section of the file, in its order."""

    framework = part(FrameworkSchema)
    content_areas = some(AreaSchema)
    records = fields.Dict(
        keys=line(), values=line(), load_default=dict, error_messages={"invalid": MAPPING}
    )
    phases = some(PhaseSchema, keys=whole(1, 9))
    modules = some(ModuleSchema)
    criteria = some(CriterionSchema)
    bands = fields.List(
        part(BandSchema),
        required=True,
        validate=validate.Length(min=1, error="is empty. Name at least one."),
        error_messages={"required": MISSING, "invalid": LIST},
    )
    pass_mark = whole(0, 100)
    component_minimum = whole(0, 100)
    progression = part(ProgressionSchema)
    completion = part(CompletionSchema)
    coaching = part(CoachingSchema)
    classification = part(ClassificationSchema)
    compensation = part(CompensationSchema)
    reassessment = part(ReassessmentSchema)
    late = part(LateSchema)
    feedback = part(FeedbackSchema)
    apl = part(AplSchema)
    time = part(TimeSchema)
    eligibility = part(EligibilitySchema, required=False, load_default=None)
    moderation = part(ModerationSchema)
    boards = part(BoardsSchema, required=False, load_default=lambda: {"quorum": USUAL_QUORUM})
    gradebook = part(GradebookSchema)
    retention = part(RetentionSchema)
