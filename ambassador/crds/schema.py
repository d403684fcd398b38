"""Field declarations as structural OpenAPI schemas, as the API server wants them.

What the parser takes without an ERROR satisfies them, and nothing that it reads or warns about is pruned: unknown
fields are kept everywhere. They refuse a value (a word, a bound, a rule) only where it would cost the whole object or
close something; of fields that can be dropped alone they look at the type only, as the ancestor's CRDs did. The parser
checks everything again, because objects may be older than their schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.kinds.contract import AnyKind
from ambassador.model.fields import AnyField, AnyFieldType, Fields, OnFault, Rule, Shape

Json = dict[str, object]

# For an object: fields that are not declared survive. Without a type: so does whatever it is.
_KEEP: Json = {"x-kubernetes-preserve-unknown-fields": True}


@dataclass(frozen=True, slots=True)
class _Stake:
    """What a fault in a place costs. `closes`: something is closed; `rejects`: the object is; else only the field."""

    rejects: bool = True
    closes: bool = False

    @property
    def high(self) -> bool:
        return self.rejects or self.closes

    def of(self, field: AnyField) -> _Stake:
        closes = self.closes or field.protects or field.on_fault is OnFault.FAIL_CLOSED
        return _Stake(self.rejects and field.on_fault is OnFault.REJECT_OBJECT, closes)


def spec_schema(kind: AnyKind) -> Json:
    """The schema of `spec`."""
    if kind.within:
        inner: Json = {"description": kind.doc, **_KEEP, "properties": _untyped(kind.fields)}
        return {"type": "object", **_KEEP, "properties": {kind.within: inner}}
    required = sorted(field.name for field in kind.fields if field.required)
    return {
        "type": "object",
        **({"required": required} if required else {}),
        **_object(kind.fields, kind.rules, _Stake()),
    }


def _object(fields: Fields, rules: tuple[Rule, ...], stake: _Stake) -> Json:
    properties = dict(pair for field in fields for pair in _properties(field, stake))
    schema: Json = {**_KEEP}
    if rules and stake.high:
        schema["x-kubernetes-validations"] = [
            {"rule": rule.holds, "message": rule.message, "fieldPath": f".{rule.at}"} for rule in rules
        ]
    return {**schema, "properties": dict(sorted(properties.items()))} if properties else schema


def _properties(field: AnyField, stake: _Stake) -> Iterable[tuple[str, Json]]:
    schema = _value(field.type, stake.of(field)) if field.built else _KEEP
    yield field.name, {"description": _description(field), **schema}
    for alias in field.aliases:
        yield alias, {"description": f"Same as {field.name}.", **schema}


def _value(type_: AnyFieldType, stake: _Stake) -> Json:
    shape = type_.shape
    if not shape.type:
        return _KEEP
    schema: Json = {"type": shape.type, **(_bounds(shape) if stake.high else {})}
    if shape.type == "array" and shape.of:
        return {**schema, "items": _value(shape.of, stake)}
    if shape.type == "object":
        inner = {"additionalProperties": _value(shape.of, stake)} if shape.of else None
        return {**schema, **(inner or _object(type_.fields, type_.rules, stake))}
    return schema


def _bounds(shape: Shape) -> Json:
    limits = {"enum": list(shape.words) or None, "minimum": shape.low, "maximum": shape.high}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _untyped(fields: Fields) -> Json:
    """Names and descriptions only."""
    properties = {
        name: {"description": _description(field), **_KEEP} for field in fields for name in (field.name, *field.aliases)
    }
    return dict(sorted(properties.items()))


def _description(field: AnyField) -> str:
    text = field.note or field.doc
    if not field.built and not field.note:
        text = f"{text}: not supported yet" if text else "not supported yet"
    text = f"{text[:1].upper()}{text[1:]}."
    return f"{text} Default: {field.default}." if field.default else text
