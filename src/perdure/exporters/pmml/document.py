"""A PMML as XML: what is mended before it is compared, and what it says of itself afterwards."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping

__all__ = ["described", "mended", "probabilities"]

_SPACE = "http://www.dmg.org/PMML-4_4"
_NO_MODEL = {"Header", "MiningBuildTask", "DataDictionary", "TransformationDictionary", "Extension"}


def _read(data: bytes) -> ET.Element:
    root = ET.fromstring(data)
    # Written again without prefixes, as it came.
    ET.register_namespace("", root.tag[1:].partition("}")[0] if root.tag.startswith("{") else _SPACE)
    ET.register_namespace("data", "http://jpmml.org/jpmml-model/InlineTable")
    return root


def _written(root: ET.Element) -> bytes:
    file = io.BytesIO()
    ET.ElementTree(root).write(file, encoding="UTF-8", xml_declaration=True)
    return file.getvalue()


def _is(element: ET.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def _model(root: ET.Element) -> ET.Element | None:
    return next((child for child in root if child.tag.rpartition("}")[2] not in _NO_MODEL), None)


def _is_norm(element: ET.Element) -> bool:
    return _is(element, "FieldRef") and element.get("field", "").startswith("norm(")


def _leave_scores(root: ET.Element) -> None:
    """Let several scores be compared as they are: squeezed between 0 and 1, the large ones are all 1."""
    several = False
    for element in root.iter():
        fields = [field for child in element if _is(child, "Output") for field in child]
        if _is(element, "RegressionModel") and any(_scores(field) for field in fields):
            element.attrib.pop("normalizationMethod", None)
            several = True
    for element in root.iter():
        if several and _is(element, "RegressionModel") and element.get("normalizationMethod") == "simplemax":
            # The largest stays the largest.
            element.set("normalizationMethod", "softmax")


def _scores(field: ET.Element) -> bool:
    return (field.get("name") or "").startswith("decisionFunction(")


def mended(data: bytes, unseen: Collection[str], *, sure: bool) -> bytes:
    """Return a document that answers unknown categories, foreign letters, rows of zeros and far outside as scikit-learn does.

    Parameters
    ----------
    data : bytes
    unseen : collection of str
        The fields whose unknown categories the estimator takes.
    sure : bool
        Whether the estimator says probabilities.
    """
    root = _read(data)
    model = _model(root)
    for schema in [] if model is None else [child for child in model if _is(child, "MiningSchema")]:
        for field in schema:
            if field.get("name") in unseen and field.get("usageType", "active") == "active":
                field.set("invalidValueTreatment", "asIs")
    for index in root.iter():
        # What Python calls letters with (?u), Java does with (?U).
        if _is(index, "TextIndex") and (index.get("x-wordRE") or "").startswith("(?u)"):
            index.set("x-wordRE", f"(?U){index.get('x-wordRE', '')[4:]}")
    if not sure:
        _leave_scores(root)
    for quotient in root.iter():
        # A row of zeros has the norm 0, and 0 / 0 is no number; scikit-learn leaves the 0.
        if _is(quotient, "Apply") and quotient.get("function") == "/" and any(map(_is_norm, quotient)):
            quotient.set("defaultValue", "0")
            quotient.set("invalidValueTreatment", "asMissing")
    return _written(root)


def probabilities(data: bytes) -> list[str]:
    """Return the names of the outputs that are probabilities, in the order of the classes."""
    found: list[str] = []
    for element in _read(data).iter():
        name = element.get("name")
        if _is(element, "OutputField") and element.get("feature") == "probability" and name and name not in found:
            found.append(name)
    return found


def described(data: bytes, said: Mapping[str, str]) -> bytes:
    """Return a document whose header says more: an Extension for each item."""
    root = _read(data)
    header = next((child for child in root if _is(child, "Header")), None)
    if header is not None:
        space = header.tag.rpartition("Header")[0]
        for place, (name, value) in enumerate(said.items()):
            element = ET.Element(f"{space}Extension", {"name": name, "value": value})
            element.tail = header.text
            header.insert(place, element)
    return _written(root)
