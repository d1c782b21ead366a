"""The tables of plans and records, one file a subject."""

from lti_tool.learning.models.dialogue import (
    Dialogue,
    DialogueAction,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
)
from lti_tool.learning.models.plan import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisDraft,
    DiagnosisLine,
    Target,
    TargetAgreement,
    TargetEvidence,
)

__all__ = [
    "Diagnosis",
    "DiagnosisAgreement",
    "DiagnosisDraft",
    "DiagnosisLine",
    "Dialogue",
    "DialogueAction",
    "DialogueConfirmation",
    "DialogueDuty",
    "DialoguePerson",
    "Target",
    "TargetAgreement",
    "TargetEvidence",
]
