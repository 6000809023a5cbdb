"""What differs between the environment at save time and this one, and whether it matters."""

from __future__ import annotations

from ..record.environment import installed_version, running_environment
from ..record.libraries import running_libraries, running_machine
from ..record.record import Environment
from .report import Finding

__all__ = ["environment_findings"]

# Predictions come from these: another minor release may compute otherwise.
_NUMERIC = ("scikit-learn", "numpy", "scipy")


def environment_findings(then: Environment, libraries: dict[str, str | None]) -> list[Finding]:
    """Compare an environment with the running one.

    Parameters
    ----------
    then : Environment
    libraries : dict of str to (str or None)
        What the manifest says the model was made with.
    """
    now = running_environment(frozenset(("numpy", "sklearn")))
    stored = {item.name: item.version for item in then.distributions}
    stored.update({name: version for name, version in libraries.items() if version is not None and name != "python"})
    known = {**running_libraries(), **{item.name: item.version for item in now.distributions}}
    running = {name: known[name] if name in known else installed_version(name) for name in stored}
    matters: list[str] = []
    little: list[str] = []
    for name, version in sorted(stored.items()):
        current = running.get(name)
        if current == version:
            continue
        text = f"{name} {version} then, {current or 'not installed'} now"
        (matters if name in _NUMERIC and _minor(version) != _minor(current) else little).append(text)
    if then.python != now.python:
        little.append(f"Python {then.python} then, {now.python} now")
    if then.system != now.system:
        little.append(f"{then.system} then, {now.system} now")
    if (then.machine, then.byteorder, then.bits) != running_machine():
        matters.append(f"{then.machine} ({then.bits} bits, {then.byteorder}-endian) then, {now.machine} now")
    details = {"matters": matters, "little": little}
    if not matters and not little:
        return [Finding("environment", "ok", "the same as when the model was saved", details)]
    lines = [f"{text}: predictions may differ in their last digits, or more" for text in matters]
    return [Finding("environment", "note", "\n".join(lines + little), details)]


def _minor(version: str | None) -> tuple[str, ...]:
    return tuple((version or "").split(".")[:2])
