"""What a command's exit code means."""

from __future__ import annotations

from ..errors import (
    FormatError,
    InvalidError,
    LimitError,
    PerdureError,
    StorageError,
    UntrustedError,
    VerificationError,
)

__all__ = ["CHECK_FAILED", "EXITS", "INTERRUPTED", "PIPE_CLOSED", "UNTRUSTED", "USAGE", "exit_code"]

CHECK_FAILED = 1
USAGE = 2
UNTRUSTED = 4
INTERRUPTED = 130
PIPE_CLOSED = 141

EXITS = {
    0: "all is well",
    CHECK_FAILED: "a check failed: the file is not what it says, or does not do what it did",
    USAGE: "the command line is wrong, or the file is not there or cannot be read",
    3: "damaged, or not a file of perdure",
    UNTRUSTED: "it names types or functions that are not trusted",
    5: "well formed, but its contents are impossible, or beyond the limits",
    6: "another reason, which is said: a newer release made it, a library is missing …",
    INTERRUPTED: "stopped with Ctrl-C",
    PIPE_CLOSED: "whoever read the output has stopped reading, as in `| head -1`",
}

_CODES: tuple[tuple[type[PerdureError], int], ...] = (
    (VerificationError, CHECK_FAILED),
    (FormatError, 3),
    (UntrustedError, UNTRUSTED),
    (InvalidError, 5),
    (LimitError, 5),
    (StorageError, USAGE),
    (PerdureError, 6),
)


def exit_code(error: PerdureError | OSError) -> int:
    """Return the exit code that says what kind of error it was."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), USAGE)
