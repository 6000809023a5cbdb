"""What is told of a run, and what is kept of it."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from .mutate import Corpus, is_atom, slots
from .run import Result, Runner

__all__ = ["coverage", "show_only", "summary", "tell"]

FOUND = Path(__file__).resolve().parent / "found"


def tell(total: int) -> Callable[[Result], None]:
    """Return a function that prints how far the run is, each ten seconds."""
    last = [time.time(), time.time()]

    def told(result: Result) -> None:
        now = time.time()
        if now - last[0] > 10:
            last[0] = now
            rate = result.count / (now - last[1])
            print(f"{result.count:,} of {total:,}, {rate:.0f}/s, {len(result.findings)} findings", flush=True)

    return told


def summary(result: Result, corpus: Corpus, folder: str | None) -> int:
    """Print the outcomes, keep the findings; return 1 where there are any."""
    print(f"\n{result.count:,} mutants, {result.count_aware:,} of them format-aware")
    for outcome, count in sorted(result.outcomes.items(), key=lambda item: -item[1]):
        print(f"{count:>9,} {result.aware[outcome]:>9,}  {outcome}")
    if result.count_aware:
        print(f"{result.past_validate / result.count_aware:.1%} of the format-aware ones got past validate")
    first = {}
    for finding in result.findings:
        first.setdefault(finding.signature, []).append(finding)
    if not first:
        return 0
    place = Path(folder) if folder else FOUND
    place.mkdir(parents=True, exist_ok=True)
    for signature, findings in sorted(first.items(), key=lambda item: -len(item[1])):
        finding = findings[0]
        mutant = corpus.mutant(finding.number)
        name = f"{finding.what}-{mutant.kind.name}-{corpus.seed}-{finding.number}"
        (place / f"{name}.perdure").write_bytes(mutant.data)
        about = {"seed": corpus.seed, "number": finding.number, "kind": mutant.kind.name, "how": list(mutant.how)}
        (place / f"{name}.json").write_text(json.dumps({**about, "found": finding.detail}, indent=1) + "\n")
        print(f"{len(findings):>6} x {signature}\n         {name}: {'; '.join(mutant.how)[:300]}")
    return 1


def show_only(runner: Runner, number: int) -> int:
    """Try one mutant in this process, and print what it does."""
    mutant = runner.corpus.mutant(number)
    print(mutant.kind.name, *mutant.how, sep="\n  ")
    try:
        model = runner.target.load(mutant.data)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        return 1
    for name, call in runner.target.use(model, mutant.kind):
        print(name, flush=True)
        try:
            call()
        except Exception:  # noqa: BLE001
            print("   ", traceback.format_exc().splitlines()[-1][:200])
    return 0


def coverage(corpus: Corpus, numbers: range) -> int:
    """Print how many of the parameters of the corpus the mutants change."""
    every = set()
    for kind in corpus.kinds:
        for slot in slots([corpus.pieces(kind).root]):
            value = slot.value
            if slot.role == "n" and is_atom(value) and value is not None:
                every.add(slot.path)
    changed = set()
    for number in numbers:
        for how in corpus.mutant(number).how:
            word, _, rest = how.partition(" ")
            if word in ("number", "text", "nothing"):
                changed.add(rest)
    print(f"{len(every & changed):,} of {len(every):,} places of plain values were changed")
    for path in sorted(every - changed)[:40]:
        print("   ", path)
    return 0
