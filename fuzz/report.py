"""What is told of a run, and what is kept of it."""

from __future__ import annotations

import json
import time
import traceback
from collections import Counter
from pathlib import Path

from .mutate import Corpus
from .run import Finding, Result, Runner

__all__ = ["Keeper", "coverage", "show_only"]

FOUND = Path(__file__).resolve().parent / "found"


class Keeper:
    """Tells how a run goes, and keeps what it finds as soon as it is found.

    Parameters
    ----------
    corpus : Corpus
    total : int
        How many mutants there will be.
    folder : str or None
        Where found files go; ``fuzz/found`` by default.
    """

    def __init__(self, corpus: Corpus, total: int, folder: str | None) -> None:
        self.corpus = corpus
        self.total = total
        self.place = Path(folder) if folder else FOUND
        self._started = self._told = time.time()
        self._kept = 0
        self._times: Counter[str] = Counter()

    def __call__(self, result: Result) -> None:
        """Look at what is new."""
        for finding in result.findings[self._kept :]:
            self._times[finding.signature] += 1
            if self._times[finding.signature] == 1:
                self._keep(finding)
        self._kept = len(result.findings)
        now = time.time()
        if now - self._told > 10:
            self._told = now
            rate = result.count / (now - self._started)
            print(f"{result.count:,} of {self.total:,}, {rate:.0f}/s, {self._kept} findings", flush=True)

    def _keep(self, finding: Finding) -> None:
        mutant = self.corpus.mutant(finding.number)
        name = f"{finding.what}-{mutant.kind.name}-{self.corpus.seed}-{finding.number}"
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / f"{name}.perdure").write_bytes(mutant.data)
        about = {"seed": self.corpus.seed, "number": finding.number, "kind": mutant.kind.name, "how": list(mutant.how)}
        (self.place / f"{name}.json").write_text(json.dumps({**about, "found": finding.detail}, indent=1) + "\n")
        print(f"found {finding.signature}\n      {name}: {'; '.join(mutant.how)[:300]}", flush=True)

    def summary(self, result: Result) -> int:
        """Print the outcomes; return 1 where anything was found."""
        self(result)
        print(f"\n{result.count:,} mutants, {result.count_aware:,} of them format-aware")
        for outcome, count in sorted(result.outcomes.items(), key=lambda item: -item[1]):
            print(f"{count:>9,} {result.aware[outcome]:>9,}  {outcome}")
        if result.count_aware:
            share = result.past_validate / result.count_aware
            print(f"{share:.1%} of the format-aware ones got past validate")
        for signature, times in self._times.most_common():
            print(f"{times:>6} x {signature}")
        return int(bool(result.findings))


def show_only(runner: Runner, number: int) -> int:
    """Try one mutant in this process, and print what it does."""
    mutant = runner.corpus.mutant(number)
    print(mutant.kind.name, *mutant.how, sep="\n  ")
    try:
        trusted = mutant.kind.trusted
        model = runner.target.load(mutant.data, **({"trusted": trusted} if trusted else {}))
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
    """Print how many of the plain values of the corpus, parameters above all, the mutants change."""
    every = {path for _, path in corpus.places}
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
