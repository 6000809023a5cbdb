"""Files for the page: an ordinary one, and those in which every text is an attack."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import perdure
from cli.crafted import save
from perdure.arrays.store import ArrayStore
from perdure.datasets import load_penguins
from perdure.graph.nodes import Array, Dict, Global, List, Object, Objects

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]

# What runs, loads or hides something where it is not taken for a text. `hit` is noticed in the browser.
ATTACKS = [
    "<script>hit('script')</script>",
    "</style><script>hit('style')</script>",
    "</title></textarea></noscript></template><svg onload=hit('svg')>",
    "\" onmouseover=\"hit('double')\" autofocus onfocus=\"hit('focus')",
    "' onmouseover='hit(1)' style='position:fixed;inset:0' x='",
    "<img src=x onerror=hit('img')>",
    "<img src=http://127.0.0.1:9/x.png>",
    "<details open ontoggle=hit('toggle')>",
    "<iframe srcdoc=\"<script>parent.hit('frame')</script>\"></iframe>",
    "<a href=javascript:hit('link') id=pd-model>here</a>",
    "javascript:hit('address')",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "@import url(http://127.0.0.1:9/y.css);*{display:none}",
    "<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hit(2)&gt;'>",
    "--><script>hit('comment')</script><!--",
    "]]><script>hit('cdata')</script>",
    "&lt;script&gt;hit('twice')&lt;/script&gt; &#60;b&#62;",
    "`${hit('tick')}` {{constructor.constructor('hit(3)')()}}",
    "photo\u202egpj.exe",
    "\u2066left\u2069 \u200bzero\u200d\ufeff width\u00ad \u115f\u3164 filler",
    "nul\x00 bell\x07 esc\x1b[31m del\x7f c1\x9b nel\x85 ls\u2028",
    "lone \ud800 half",
    "Z\u0351\u036b\u0343\u036a" * 40,
    "<" * 1_000_000,
    "A" * 1_000_000,
]
PRINTABLE = [text for text in ATTACKS if text.isprintable() and len(text) < 4000]


def ordinary(path: Path) -> str:
    """A pipeline on real data, with all that a record can hold."""
    X, y = load_penguins(return_X_y=True)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("words", OneHotEncoder(handle_unknown="ignore"), ["island", "sex"]),
        ]
    )
    model = Pipeline([("columns", columns), ("forest", RandomForestClassifier(25, random_state=0))]).fit(X, y)
    script = path.with_suffix(".py")
    script.write_text(
        '# Fitted on <penguins>.\nimport perdure\n\n\ndef fit(X):\n    """Fit."""\n    return X + 1.5\n', "utf-8"
    )
    said = {"author": "A. Person", "license": "apache-2.0", "notes": "Palmer station.\nSecond line."}
    perdure.dump(model, path, X=X, y=y, cv=5, scoring=["accuracy", "f1_macro"], source=str(script), **said)
    return str(path)


def hostile(path: Path) -> str:
    """A fitted model with attacks for names of columns, labels, keys, steps, notes and source."""
    names = PRINTABLE[:20]
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, len(names))), columns=names)
    y = np.array([ATTACKS[i % 5] for i in range(60)], object)
    step = ATTACKS[0]
    pipeline = Pipeline([(ATTACKS[5], StandardScaler()), (step, LogisticRegression())]).fit(X, y)
    forest = RandomForestClassifier(3, random_state=0).fit(X, y)
    own = FunctionTransformer(kw_args={text: text for text in ATTACKS})
    root = {"pipeline": pipeline, "forest": forest, **{text: text for text in ATTACKS}, "own": own, "list": [*ATTACKS]}
    script = path.with_name("script.py")
    script.write_text(
        "\n".join(repr(text[:5000]) + " # " + ascii(text[:200]) for text in ATTACKS) + "\n</code>" + ATTACKS[0], "utf-8"
    )
    with warnings.catch_warnings():
        # None of these is a file.
        warnings.simplefilter("ignore", perdure.PerdureWarning)
        perdure.dump(
            root,
            path,
            source=str(script),
            author=ATTACKS[0],
            license=ATTACKS[3],
            notes="\n".join(text[:100_000] for text in ATTACKS if text.isprintable()),
            data=["lake " + text for text in PRINTABLE[:8]],
            scores={text: np.array([0.5, 0.25, 1.0]) for text in PRINTABLE[:10]},
        )
    return str(path)


def crafted(path: Path) -> str:
    """A file made by hand: attacks as names of types, functions, attributes and members of arrays."""
    state = {text: text for text in ATTACKS if text.isprintable() and len(text) < 200}
    # A name of a type is an identifier, which leaves letters that look like others.
    objects = [Object(f"\u043es.p\u0430th{i}:system", dict(state)) for i in range(4)]
    values = List(tuple(ATTACKS))
    arrays = ArrayStore()
    labels = Array(arrays.add(np.array([text[:200] for text in ATTACKS if text.isprintable()])))
    estimator = Object(
        "sklearn.linear_model._ridge:Ridge",
        {
            **dict.fromkeys(("alpha", "solver"), ATTACKS[1]),
            "feature_names_in_": Objects((len(ATTACKS),), "C", tuple(ATTACKS)),
            "coef_": labels,
            "names_": values,
            "function_": Global("os:system"),
        },
    )
    root = Dict((*zip(ATTACKS, objects, strict=False), ("ridge", estimator)))
    return save(path, root, arrays)


def opened(model: object) -> perdure.ModelFile:
    """A model as an open file."""
    return perdure.open(io.BytesIO(perdure.dumps(model)))
