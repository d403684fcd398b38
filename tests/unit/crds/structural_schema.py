"""What the API server does with an object and its schema: drops nulls, prunes, validates, and asks the CEL rules.

As much of https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ as our CRDs
use; anything else in a schema is an error here. tests/cluster/test_crds.py has the real one judge.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any

KEEPS = "x-kubernetes-preserve-unknown-fields"
KNOWN = {
    *("type", "properties", "required", "items", "additionalProperties", "enum", "minimum", "maximum", "description"),
    *(KEEPS, "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    *("format", "minLength", "maxLength"),
}
TYPES = {"string": str, "boolean": bool, "integer": int, "array": list, "object": Mapping}


def without_nulls(schema: Json, value: Json) -> Json:
    """Null counts as absent, where the name is declared."""
    if isinstance(value, Mapping):
        kept = {name: one for name, one in value.items() if one is not None or not declared(schema, name)}
        return {name: without_nulls(inner(schema, name), one) for name, one in kept.items()}
    if isinstance(value, list):
        return [without_nulls(schema.get("items", {}), one) for one in value]
    return value


def pruned(schema: Json, value: Json) -> Json:
    """The value without what the schema does not know."""
    if isinstance(value, Mapping) and (schema.get("type") == "object" or KEEPS in schema):
        known = {name: one for name, one in value.items() if KEEPS in schema or declared(schema, name)}
        return {name: pruned(inner(schema, name), one) for name, one in known.items()}
    if isinstance(value, list) and "items" in schema:
        return [pruned(schema["items"], one) for one in value]
    return value


def faults(schema: Json, value: Json, at: str = "spec") -> Iterator[str]:
    """Why the API server would refuse the value."""
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    type_ = schema.get("type")
    if type_ and (not isinstance(value, TYPES[type_]) or (type_ == "integer" and isinstance(value, bool))):
        yield f"{at} must be {type_}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} must be one of {schema['enum']}"
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value) if type_ == "integer" else False:
        yield f"{at} is out of bounds"
    if isinstance(value, Mapping):
        yield from (f"{at}.{name} is required" for name in schema.get("required", ()) if name not in value)
        for name, one in value.items():
            yield from faults(inner(schema, name), one, f"{at}.{name}")
        yield from (rule["message"] for rule in schema.get("x-kubernetes-validations", ()) if not holds(rule, value))
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            yield from faults(schema["items"], one, f"{at}[{number}]")


def declared(schema: Json, name: str) -> bool:
    return name in schema.get("properties", {}) or "additionalProperties" in schema


def inner(schema: Json, name: str) -> Json:
    found = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
    return found if found is not None else {KEEPS: True}


def holds(rule: Json, value: Mapping[str, Json]) -> bool:
    """CEL by way of Python, for the little of it that rules use. A rule on a value of a wrong type is not asked."""
    text = re.sub(r"has\(self\.(\w+)\)", r"('\1' in self)", rule["rule"])
    text = re.sub(r"self\.(\w+)\.startsWith\(('[^']*')\)", r"self['\1'].startswith(\2)", text)
    text = re.sub(r"self\.(\w+)\.contains\(('[^']*')\)", r"(\2 in self['\1'])", text)
    text = re.sub(r"self\.(\w+)", r"self['\1']", text).replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"!(?!=)", " not ", text)
    try:
        return bool(eval(text, {"__builtins__": {}}, {"self": value}))
    except (KeyError, AttributeError, TypeError):
        return True
