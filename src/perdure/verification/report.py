"""What a verification found, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, TypeAlias

from ..reporting.text import clean

__all__ = ["Finding", "Report", "Status"]

Status: TypeAlias = Literal["ok", "note", "failed"]

_SIGNS: dict[Status, str] = {"ok": "ok", "note": "note", "failed": "FAILED"}
_COLOURS: dict[Status, str] = {"ok": "#1a7f37", "note": "#9a6700", "failed": "#cf222e"}


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    check : str
        ``integrity``, ``signature``, ``record``, ``source``, ``environment``, ``model``, ``probe``, ``data`` or ``scores``.
    status : {"ok", "note", "failed"}
        Whether it is as it should be; worth knowing; or not.
    message : str
        In words.
    details : mapping of str to object
        The same as plain data.
    """

    check: str
    status: Status
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {"check": self.check, "status": self.status, "message": self.message, "details": dict(self.details)}


@dataclass(frozen=True)
class Report:
    """What `perdure.verify` found.

    Attributes
    ----------
    name : str
        The file.
    digest : str or None
        Of the model, as the file states it.
    findings : tuple of Finding
    done : str
        What it is called when no check failed: ``verified``, or ``rebuilt``.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import LinearRegression
    >>> file = io.BytesIO()
    >>> model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    >>> _ = perdure.dump(model, file)
    >>> report = perdure.verify(io.BytesIO(file.getvalue()))
    >>> report.ok
    True
    """

    name: str
    digest: str | None
    findings: tuple[Finding, ...]
    done: str = "verified"

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The findings that failed."""
        return tuple(finding for finding in self.findings if finding.status == "failed")

    def of(self, check: str) -> tuple[Finding, ...]:
        """Return the findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, for JSON."""
        return {
            "name": self.name,
            "ok": self.ok,
            "digest": self.digest,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        count = len(self.failed)
        return f"{self.name}: " + (self.done if not count else f"{count} check{'s' if count > 1 else ''} failed")

    def __str__(self) -> str:
        width = max((len(finding.check) for finding in self.findings), default=0)
        lines = [clean(self.summary)]
        for finding in self.findings:
            # Names in it are the file's own: none of them is to move the cursor of a terminal.
            first, *rest = [clean(line) for line in finding.message.splitlines()] or [""]
            lines.append(f"  {finding.check:<{width}}  {_SIGNS[finding.status]:<6}  {first}")
            lines += [" " * (width + 12) + line for line in rest]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left">{escape(finding.check)}</td>'
            f'<td style="text-align:left;color:{_COLOURS[finding.status]}">{_SIGNS[finding.status]}</td>'
            f'<td style="text-align:left;white-space:pre-wrap">{escape(finding.message)}</td></tr>'
            for finding in self.findings
        )
        return f"<p><strong>{escape(self.summary)}</strong></p><table><tbody>{rows}</tbody></table>"
