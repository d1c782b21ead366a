"""The tables of plans and records, one file a subject."""

from lti_tool.learning.models.collaboration import (
    Collaboration,
    CollaborationPart,
    CollaborationStrand,
)
from lti_tool.learning.models.dialogue import (
    Dialogue,
    DialogueAction,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
)
from lti_tool.learning.models.enrolment import ModuleDate, ModuleEnrolment
from lti_tool.learning.models.impact import ImpactRecord
from lti_tool.learning.models.plan import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisDraft,
    DiagnosisLine,
    Target,
    TargetAgreement,
    TargetEvidence,
)
from lti_tool.learning.models.prior_learning import (
    PriorLearningClaim,
    PriorLearningEvidence,
    PriorLearningJudgement,
    PriorLearningModule,
)
from lti_tool.learning.models.specialism import (
    Dissemination,
    DisseminationEvidence,
    EthicsClearance,
    NetworkLink,
    Specialism,
    SpecialismStrand,
)

__all__ = [
    "Collaboration",
    "CollaborationPart",
    "CollaborationStrand",
    "Diagnosis",
    "DiagnosisAgreement",
    "DiagnosisDraft",
    "DiagnosisLine",
    "Dialogue",
    "DialogueAction",
    "DialogueConfirmation",
    "DialogueDuty",
    "DialoguePerson",
    "Dissemination",
    "DisseminationEvidence",
    "EthicsClearance",
    "ImpactRecord",
    "ModuleDate",
    "ModuleEnrolment",
    "NetworkLink",
    "PriorLearningClaim",
    "PriorLearningEvidence",
    "PriorLearningJudgement",
    "PriorLearningModule",
    "Specialism",
    "SpecialismStrand",
    "Target",
    "TargetAgreement",
    "TargetEvidence",
]
