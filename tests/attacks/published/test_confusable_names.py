"""Confusable names: letters that look like others, and signs that nobody sees.

A reader is shown a name and says yes to it. So a name is the string that it is: nothing is folded, trimmed or
normalised before it is compared, and what is not ASCII is shown in a form that cannot be mistaken.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge

import perdure
from attacks.craft import Graph, file_of
from attacks.models import XR, YR
from attacks.published.refusals import refused
from perdure.errors import FormatError, InvalidError, Untrusted, UntrustedError
from perdure.graph.nodes import Global, List, Object

RIDGE = "sklearn.linear_model._ridge:Ridge"
LOOKALIKES = {
    "a Cyrillic letter": "sklearn.linear_mоdel._ridge:Ridge",
    "a Greek letter": "sklearn.linear_model._ridge:Ridgε",
    "a full-width letter": "sklearn.linear_model._ridge:Ｒidge",
    "a letter that Python's compiler would fold": "sklearn.linear_model._ridge:𝐑idge",
    "a ligature": "sklearn.ﬁlter._ridge:Ridge",
    "a letter and its accent": "sklearn.linear_model._ridge:Ridge\u0301",
    "a dotless i": "sklearn.lınear_model._ridge:Ridge",
    "capitals": "SKLEARN.LINEAR_MODEL._RIDGE:RIDGE",
    "an underscore more": "sklearn.linear_model.__ridge:Ridge",
    "an l for an I": "sklearn.covariance._graph_lasso:GraphicaILasso",
    "a neighbour in the alphabet": "sklern.linear_model._ridge:Ridge",
    "a package of one's own": "sklearn_.linear_model._ridge:Ridge",
}

#: No module of Python's has such a name, so none is read.
HIDDEN = {
    "a joiner": "sklearn.linear_model._ridge:Ri\u200ddge",
    "a space without width": "sklearn.linear_model._ridge:Ridge\u200b",
    "a soft hyphen": "sklearn.linear_model._ridge:Ri\u00addge",
    "a mark of byte order": "\ufeffsklearn.linear_model._ridge:Ridge",
    "right to left": "sklearn.linear_model._ridge:\u202eegdiR",
    "another hyphen": "sklearn.linear_model._ridge:Ridge\u2010",
    "a command to a terminal": "their_package:\x1b[2J\x1b[1;1HRidge\r",
    "a line of its own": "their_package:Ridge\n    sklearn.linear_model._ridge:Ridge  (trusted)",
    "an end": "sklearn.linear_model._ridge:Ridge\x00",
}


@pytest.mark.parametrize("case", LOOKALIKES)
@pytest.mark.parametrize("kind", ["type", "value"])
def test_what_looks_like_a_name_of_the_tables_is_another(tmp_path, payload, case, kind):
    name = LOOKALIKES[case]
    node = Object(name, {"alpha": 1.0}) if kind == "type" else Global(name)
    found = refused(tmp_path, file_of(List((node,))), UntrustedError, "model[0]")
    assert [item.name for item in found.untrusted] == [name]
    # What is shown can be told apart from what it looks like, and is still what has to be written.
    assert str(found).isascii()
    assert name.isascii() or ascii(name) in str(found)


@pytest.mark.parametrize("case", ["a Cyrillic letter", "a full-width letter", "a ligature", "capitals"])
def test_trusting_one_does_not_trust_the_other(tmp_path, payload, case):
    other = LOOKALIKES[case].replace("sklearn", "their_package").replace("SKLEARN", "THEIR_PACKAGE")
    real = "their_package.linear_model._ridge:Ridge"
    refused(tmp_path, file_of(List((Object(other, {}),))), UntrustedError, "model[0]", trusted=[real])
    refused(tmp_path, file_of(List((Object(real, {}),))), UntrustedError, "model[0]", trusted=[other])


@pytest.mark.parametrize("case", HIDDEN)
@pytest.mark.parametrize("kind", ["type", "value"])
def test_what_hides_signs_is_no_name_at_all(tmp_path, payload, case, kind):
    node = Object(HIDDEN[case], {}) if kind == "type" else Global(HIDDEN[case])
    # Python 3.13 lets a joiner stand in a name: one that no table has.
    found = refused(
        tmp_path, file_of(List((node,))), (FormatError, UntrustedError) if case == "a joiner" else FormatError
    )
    assert str(found).isascii()


def test_signs_that_steer_a_terminal_do_not_reach_it():
    """Whoever trusts is told of names, and of parameters, which may be any text."""
    found = UntrustedError([Untrusted("input=\x1b[2J\u202e\r", ("model",))])
    assert str(found).replace("\n", "").isprintable()
    assert str(found).isascii()


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("token_pattern", "(а+)+"), ("input", "filenаme"), ("token_pattern", "(?u)\\b\u202e+)+(\\b")],
)
def test_so_are_parameters_that_are_asked_for(parameter, value):
    data = Graph(CountVectorizer().fit(["here is a text"])).change("CountVectorizer", parameter, value).bytes()
    if parameter == "input":
        # A word that only looks like the one that opens files opens none: scikit-learn refuses it.
        assert perdure.loads(data).input == value
        with pytest.raises(ValueError, match="input"):
            perdure.loads(data).fit(["here is a text"])
        return
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(data)
    assert str(caught.value).isascii()


@pytest.mark.parametrize("name", ["coеf_", "ｐredict", "predict\u200b", "𝐩redict", "alpha\u0301"])
def test_an_attribute_that_looks_like_another_is_data_that_nobody_reads(name):
    """It stands beside the real one, and changes nothing that a model does."""
    model = Ridge().fit(XR, YR)
    made = perdure.loads(Graph(model).change(":Ridge", name, 3.0).bytes())
    assert np.array_equal(made.predict(XR), model.predict(XR))


@pytest.mark.parametrize("name", ["__clаss__", "__class__\u200b"])
def test_a_dunder_of_other_letters_is_refused_or_plain(tmp_path, payload, name):
    data = Graph(Ridge().fit(XR, YR)).change(":Ridge", name, 3.0).bytes()
    if name.endswith("__"):
        refused(tmp_path, data, InvalidError, f"model.{name}")
    else:
        assert type(perdure.loads(data)) is Ridge
