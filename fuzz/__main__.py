"""``python -m fuzz``: mutants of the corpus, and what became of them."""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def main() -> int:
    """Run the fuzzer; return 1 when it found something."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=2_000, help="how many (default: 2000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--only", type=int, help="this mutant alone, in this process, with its traceback")
    parser.add_argument("--kinds", default="", help="beginnings of the names of models, with commas")
    parser.add_argument("--models", type=int, help="no more models than this")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--aware", type=float, default=0.5, help="share of format-aware mutants (default: 0.5)")
    parser.add_argument(
        "--form",
        choices=("perdure", "pickle", "joblib", "skops"),
        default="perdure",
        help="what the files are; all but the first are changed blindly",
    )
    parser.add_argument("--packs", action="store_true", help="models of other libraries, for a reader who names them")
    parser.add_argument("--target", default="load", help="load, open, view or predictor")
    parser.add_argument("--guard", action="store_true", help="under the allocator with guard pages")
    parser.add_argument("--side", choices=("end", "start"), default="end", help="which side of a block is guarded")
    parser.add_argument(
        "--attacks", action="store_true", help="with --guard: the tests of attacks, in place of mutants"
    )
    parser.add_argument("--save", help="folder for what is found (default: fuzz/found)")
    parser.add_argument("--coverage", action="store_true", help="say which parameters were mutated, and run nothing")
    options = parser.parse_args()
    if options.guard and not os.environ.get("FUZZ_GUARD"):
        from .guard import under_guard

        return under_guard(sys.argv[1:])
    from .corpus import kinds
    from .guard import run_attacks, separate_arrays
    from .mutate import Corpus
    from .packs import pack_kinds
    from .report import Keeper, coverage, show_only
    from .run import Runner, watch_building
    from .targets import TARGETS

    if options.guard:
        separate_arrays()
        if options.attacks:
            return run_attacks(options.side)
    # Mutating casts what does not fit; models warn of what they are.
    warnings.simplefilter("ignore")
    watch_building()
    if options.packs:
        found = pack_kinds(options.kinds, options.models)
    else:
        found = kinds(options.kinds, options.models, options.form)
    if options.form != "perdure":
        # What these hold is changed blindly: the parts of a file are perdure's.
        options.aware = 0.0
    models = len({kind.model for kind in found})
    print(f"{len(found)} models of {models} kinds", flush=True)
    corpus = Corpus(found, options.seed, options.aware, within=options.form == "skops")
    if options.aware:
        # Once, before the children are forked.
        print(f"{len(corpus.places):,} places of plain values", flush=True)
    runner = Runner(corpus, TARGETS[options.target], options.side)
    if options.guard and options.only is None:
        # What is healthy has to run clean before anything else says something.
        healthy = Runner(Corpus(found, 0, healthy=True), TARGETS["load"], options.side)
        keeper = Keeper(healthy.corpus, len(found), options.save)
        if keeper.summary(healthy.run(range(len(found)), jobs=options.jobs, told=keeper)):
            return 1
    numbers = range(options.start, options.start + options.mutants)
    if options.coverage:
        return coverage(corpus, numbers)
    if options.only is not None:
        return show_only(runner, options.only)
    until = time.time() + options.seconds if options.seconds else None
    keeper = Keeper(corpus, options.mutants, options.save)
    return keeper.summary(runner.run(numbers, jobs=options.jobs, until=until, told=keeper))


if __name__ == "__main__":
    raise SystemExit(main())
