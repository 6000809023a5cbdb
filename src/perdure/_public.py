"""The public names, imported together when the first of them is asked for."""

from ._api import dump, dumps, load, loads, open
from ._converting import convert
from ._model_file import ModelFile, ModelPart
from ._packs import register
from ._version import __version__
from .comparison.differing import Difference, diff
from .converters import Pack
from .enforcing import EnforcedColumns
from .errors import (
    ExportError,
    FormatError,
    InvalidError,
    LimitError,
    MigrationError,
    MissingExtraError,
    PerdureError,
    PerdureWarning,
    StorageError,
    UnsupportedError,
    UntrustedError,
    VerificationError,
)
from .exporters.checking import Comparison, Discrepancy
from .exporters.exporting import ExportReport, export
from .graph.limits import Limits
from .prediction.predictor import Predictor
from .rebuilding.locking import lock
from .rebuilding.rebuilding import rebuild
from .record.annotating import annotate
from .record.record import Record
from .reporting.card import card
from .reporting.checking import check
from .reporting.sbom import sbom
from .reporting.versions import show_versions
from .scoring.frames import Scorer
from .scoring.scoring import ScoredPart, Scoring, score
from .signing.signing import Signed, check_signature, sign
from .verification.report import Report
from .verification.verifying import verify
from .viewing.viewing import view

__all__ = [
    "ExportReport",
    "Discrepancy",
    "Comparison",
    "Difference",
    "EnforcedColumns",
    "ExportError",
    "FormatError",
    "InvalidError",
    "LimitError",
    "Limits",
    "MigrationError",
    "MissingExtraError",
    "ModelFile",
    "ModelPart",
    "Pack",
    "PerdureError",
    "PerdureWarning",
    "Predictor",
    "Record",
    "Report",
    "ScoredPart",
    "Scorer",
    "Scoring",
    "Signed",
    "StorageError",
    "UnsupportedError",
    "UntrustedError",
    "VerificationError",
    "__version__",
    "annotate",
    "card",
    "check",
    "check_signature",
    "convert",
    "diff",
    "dump",
    "dumps",
    "export",
    "load",
    "loads",
    "lock",
    "open",
    "rebuild",
    "register",
    "score",
    "sbom",
    "show_versions",
    "sign",
    "verify",
    "view",
]
