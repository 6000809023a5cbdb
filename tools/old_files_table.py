"""Write the table of docs/old_files.md: releases and families, with the counts of a run over the legacy fixtures.

Run it under the newest scikit-learn, from the root of the repository::

    PYTHONPATH=src:tests python tools/old_files_table.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import sklearn

from legacy.known import LOUD, OTHER_CODE, REFUSED
from legacy.replay import OLDER, Replayed, label, replay

PAGE = Path(__file__).parent.parent / "docs" / "old_files.md"
BEGIN, END = "<!-- written by tools/old_files_table.py -->", "<!-- end -->"


def share(right: int, count: int) -> str:
    return str(count) if right == count else f"{right} of {count}"


def rows(runs: list[tuple[str, Replayed]]) -> list[str]:
    """The table of the releases, and that of the families."""
    lines = [
        "| written by | models | answer as they did | say that they do not | refused, with the reason | other code |",
        "|---|---|---|---|---|---|",
    ]
    for name, made in runs:
        loud = {model for model, method in made.wrong if (model, method) in LOUD}
        other = {model for model, method in made.wrong if (model, method) in OTHER_CODE} - loud
        numbers = (made.models, made.right, len(loud), len(made.refused), len(other))
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    families = list(dict.fromkeys(family for _, made in runs for family in made.families))
    lines += ["", "| family | " + " | ".join(name for name, _ in runs) + " |", "|---|" + "---|" * len(runs)]
    for family in families:
        cells = [
            share(made.families[family][1], made.families[family][0]) if family in made.families else "–"
            for _, made in runs
        ]
        lines.append(f"| {family} | " + " | ".join(cells) + " |")
    return lines


def exceptions() -> list[str]:
    """What does not answer as it did, by name, with the reason."""
    lines = ["", "Refused:", ""]
    lines += [f"- **{name}**: {why}." for name, why in sorted(REFUSED.items())]
    lines += ["", "Loaded, with a warning that says so:", ""]
    lines += [f"- **{name}**, `{method}`: {why}." for (name, method), why in sorted(LOUD.items())]
    lines += ["", "The same state, and other code in today's scikit-learn:", ""]
    lines += [f"- **{name}**, `{method}`: {why}." for (name, method), why in sorted(OTHER_CODE.items())]
    return lines


def table() -> str:
    """The part of the page that is written by a run."""
    runs = [(label(archive), replay(archive)) for archive in OLDER]
    total, right = sum(made.models for _, made in runs), sum(made.right for _, made in runs)
    said = f"{right:,} of {total:,} models answer as they did, under scikit-learn {sklearn.__version__}."
    return "\n".join([BEGIN, said, "", *rows(runs), *exceptions(), END])


def main() -> int:
    """Put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(head + table() + tail, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
