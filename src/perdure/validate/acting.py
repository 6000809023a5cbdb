"""Parameters that act later: what a model would do, once used, that its reader has to know of.

Each is asked for by name, ``parameter=value``, and all at once.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from ..errors import PerdureWarning, Untrusted, quoted
from ..graph.nodes import Batch, Global, Graph, Object
from ..graph.structure import Family, Sought, holders, rebuild
from .engine import rule
from .members import Members
from .patterns import doubt
from .reading import Part, Reader

__all__ = ["clear_memory"]

_TEXT = "sklearn.feature_extraction.text"
VECTORIZERS = tuple(f"{_TEXT}:{name}" for name in ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"))
_NGRAMS = 100


@rule(*VECTORIZERS)
def vectorizers(models: Members) -> None:
    """What a vectorizer opens, and how it cuts text."""
    for model in models:
        plain = model.reader.plain
        source = plain(model.value("input", "content"))
        model.require(isinstance(source, str), "input is a word", ".input")
        if source in ("filename", "file"):
            model.ask(f"input={source}", "the model opens what it is given to read", ".input")
        pattern = plain(model.value("token_pattern", None))
        # Not one that is compiled either: nothing reads those.
        model.require(pattern is None or isinstance(pattern, str), "a pattern is a text", ".token_pattern")
        if pattern is not None:
            model.require(len(pattern) <= 10_000, "a pattern of this length is no pattern", ".token_pattern")
            reason = doubt(pattern)
            if reason is not None:
                model.ask(f"token_pattern={pattern}", f"may never end: {reason}", ".token_pattern")
        _check_sizes(model, model.value("ngram_range", None))


def _check_sizes(model: Members, value: Any) -> None:
    if value is None:
        return
    array = model.reader.array(value)
    found = model.reader.items(value) if array is None else array.ravel().tolist()
    sizes = [model.reader.plain(item) for item in found or ()]
    ok = len(sizes) == 2 and all(isinstance(size, (int, float)) for size in sizes)
    model.require(ok, "ngram_range is two numbers", ".ngram_range")
    if not all(abs(size) <= _NGRAMS for size in sizes):
        model.ask(
            f"ngram_range=({', '.join(map(str, sizes))})", "takes the cube of the length of a text", ".ngram_range"
        )


#: Type → parameters: the number of rounds, the tolerance that ends them, and the most rounds with and without one.
_NMF = "sklearn.decomposition._nmf"
_LEARNING = "sklearn.decomposition._dict_learning"
ROUNDS: dict[str, tuple[tuple[str, str | None, int, int], ...]] = {
    f"{_NMF}:NMF": (("max_iter", "tol", 50_000, 10_000),),
    f"{_NMF}:MiniBatchNMF": (
        ("max_iter", "tol", 50_000, 10_000),
        ("transform_max_iter", "tol", 50_000, 10_000),
        ("_transform_max_iter", "tol", 50_000, 10_000),
    ),
    "sklearn.decomposition._lda:LatentDirichletAllocation": (("max_doc_update_iter", "mean_change_tol", 2_000, 1_000),),
    f"{_LEARNING}:DictionaryLearning": (("transform_max_iter", None, 20_000, 20_000),),
    f"{_LEARNING}:MiniBatchDictionaryLearning": (("transform_max_iter", None, 20_000, 20_000),),
    f"{_LEARNING}:SparseCoder": (("transform_max_iter", None, 20_000, 20_000),),
    "sklearn.gaussian_process._gpc:GaussianProcessClassifier": (("max_iter_predict", None, 50_000, 50_000),),
    "sklearn.gaussian_process._gpc:_BinaryGaussianProcessClassifierLaplace": (
        ("max_iter_predict", None, 50_000, 50_000),
    ),
    "sklearn.kernel_approximation:AdditiveChi2Sampler": (("sample_steps", None, 1_000, 1_000),),
    "sklearn.kernel_approximation:PolynomialCountSketch": (("degree", None, 1_000, 1_000),),
}
# Changes below this are noise of the arithmetic: such a tolerance ends nothing.
_TOLERANCE = 1e-12


@rule(*ROUNDS)
def rounds(models: Members) -> None:
    """How many rounds prediction may take."""
    rows = [row for name in models.types for row in ROUNDS.get(name, ())]
    for model in models:
        for name, tolerance, most, without in rows:
            count = model.reader.plain(model.value(name, None))
            if count is None or isinstance(count, (str, bytes)):
                continue
            model.require(isinstance(count, (int, float)), f"{name} is a number", f".{name}")
            number = model.reader.number(model.value(tolerance, None)) if tolerance else None
            ends = tolerance is None or (number is not None and number > _TOLERANCE)
            if not count <= (most if ends else without):
                model.ask(f"{name}={count}", "prediction may go on for that many rounds", f".{name}")


#: Functions whose result is as large, or whose work as long, as an argument says.
_LARGER = {"numpy:full_like": "shape", "numpy:ones_like": "shape", "numpy:zeros_like": "shape", "numpy:diff": "n"}
_PARTIAL = "functools:partial/1"
# Arrays that are broadcast against rows multiply.
_ARGUMENT = 1 << 17


@rule(_PARTIAL, "sklearn.preprocessing._function_transformer:FunctionTransformer")
def arguments(models: Members) -> None:
    """What is handed to a function beside the rows: its result may fill the memory."""
    for model in models:
        reader = model.reader
        for called, *held in (("func", "args", "keywords", "kw_args"), ("inverse_func", "inv_kw_args")):
            name = _function(reader, model.value(called, None))
            for attribute in held:
                value = model.value(attribute, None)
                pairs = reader.pairs(value) or [("", item) for item in reader.items(value) or ()]
                for key, item in pairs:
                    array = reader.array(item)
                    large = reader.plain(key) == _LARGER.get(name) and not _is_short(reader, item)
                    if large or (array is not None and array.size > _ARGUMENT):
                        model.ask(f"arguments={name}", "its arguments say how large the result is", f".{attribute}")


def _function(reader: Reader, value: Any) -> str:
    """Return the name of the function that is called in the end."""
    for _ in range(100):
        value = reader.resolve(value)
        if isinstance(value, Object) and value.type == _PARTIAL:
            value = value.state.get("func")
        elif isinstance(value, Part) and value.family.type == _PARTIAL:
            value = reader.part_of(value, "func")
        else:
            break
    return value.name if isinstance(value, Global) else "function"


def _is_short(reader: Reader, value: Any) -> bool:
    """Whether a number is small: differences are taken so many times."""
    number = reader.plain(value)
    return isinstance(number, (int, float)) and number <= _NGRAMS


# --- caches ------------------------------------------------------------------------------------


def clear_memory(graph: Graph, reader: Reader) -> Graph:
    """Return the graph without caches whose place the file chose: fitting would unpickle what lies there.

    A cache that is trusted by its path stays. Each that goes is told of with a warning; where the reader
    collects what is asked for, they stay and are among it.
    """
    found: set[int] = set()
    for part in holders(graph):
        kind = type(part)
        if (kind is Object and "memory" in part.state) or (  # type: ignore[union-attr]
            kind is Batch and ("memory" in part.constants or "memory" in part.columns)  # type: ignore[union-attr]
        ):
            members = Members(reader, Family(Sought(graph, part), part))  # type: ignore[arg-type]
            if any(name.startswith("sklearn.") for name in members.types) and _to_clear(members):
                found.add(id(part))
    if not found:
        return graph

    def visit(part: Any) -> Any:
        return rebuild(_cleared(part) if id(part) in found else part, visit)

    return replace(graph, root=visit(graph.root))


def _to_clear(members: Members) -> bool:
    """Return whether a cache of the members has to go, after a warning for each."""
    wanted = []
    for member in members:
        place = member.value("memory")
        if place is None:
            continue
        if not isinstance(place, str):
            member.fail(
                "a cache cannot be a part of a model: it is a place on the machine that made it",
                0,
                ".memory",
                fix="before saving: model.set_params(memory=None)",
            )
        if f"memory={place}" not in member.reader.trusted:
            wanted.append((place, member.where(0, ".memory")))
    if members.reader.collecting:
        members.reader.asked += [
            Untrusted(f"memory={place}", (path,), "a cache in that place") for place, path in wanted
        ]
        return False
    for place, path in wanted:
        warnings.warn(
            f"{path} was a cache in {place!r}, a place that the file chose; it is off now. "
            f"To keep it, if you trust what lies there: trusted=[{quoted(f'memory={place}')}]",
            PerdureWarning,
            # Whoever called load.
            stacklevel=7,
        )
    return bool(wanted)


def _cleared(part: Any) -> Any:
    if isinstance(part, Object):
        return replace(part, state={**part.state, "memory": None})
    columns = {name: column for name, column in part.columns.items() if name != "memory"}
    return replace(part, constants={**part.constants, "memory": None}, columns=columns)
