"""What an input kind is: one file with its spec value, its fields, and how it is parsed.

Parsing is pure and sees one object only; references to other objects are resolved by compile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ambassador.features import FEATURES
from ambassador.features.contract import Input
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import TEXT, list_or_one
from ambassador.model.fields import AnyField, Cursor, Field, Fields, Rule, Values, read_fields
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason

S = TypeVar("S")

OUR_GROUP = "getambassador.io"


def group_of(api_version: str) -> str:
    """The API group of an apiVersion, empty for the core; the older flat form's `ambassador/vN` counts as ours."""
    group, slash, _ = api_version.rpartition("/")
    return OUR_GROUP if group == "ambassador" else group if slash else ""


@dataclass(frozen=True, slots=True)
class KindSpec(Generic[S]):
    """One input kind. `fields` are those of `spec` (for documentation, suggestions and the CRD's schema).

    `closed` gives what remains of an object that Envoy refuses: its closed form if it protects something, else None.
    `rules` are demands on `spec` as a whole. `within`: the field of `spec` that holds `fields`, where it is not `spec`
    itself; the API server checks nothing in there, since objects of other names use it for other things.
    """

    kind: str
    doc: str
    fields: Fields
    parse: Callable[[SourceObject], Checked[S | None]]
    groups: tuple[str, ...] = (OUR_GROUP,)
    closed: Callable[[S], S | None] = lambda spec: None
    built: bool = True
    rules: tuple[Rule, ...] = ()
    within: str = ""


AnyKind = KindSpec[Any]

AMBASSADOR_ID = Field(
    "ambassador_id", list_or_one(TEXT), "instances that use this object", ("ambassadorId",), default="default"
)

# Written by the ancestor's conversion between API versions; they say nothing.
_BOOKKEEPING = ("v2ExplicitTLS", "v3StatsName", "v3health_checks")


def spec_of(source: SourceObject, fields: Fields) -> Checked[Values]:
    """Reads an object's `spec` by its declaration."""
    spec = source.content.get("spec")
    if isinstance(spec, Mapping) and not spec.keys().isdisjoint(_BOOKKEEPING):
        spec = {name: value for name, value in spec.items() if name not in _BOOKKEEPING}
    return read_fields(Cursor(source.key, {} if spec is None else spec, ("spec",)), fields)


def is_for(source: SourceObject, ambassador_id: str) -> bool:
    """Whether an Ambassador object is meant for this instance; an unreadable id is left for the parser to refuse."""
    spec = source.content.get("spec")
    named = spec.get("ambassador_id", spec.get("ambassadorId")) if isinstance(spec, Mapping) else None
    if named is None or named == "" or named == []:
        return ambassador_id == "default"
    ids = [named] if isinstance(named, str) else named if isinstance(named, list) else [ambassador_id]
    return ambassador_id in ids or "_automatic_" in ids


def feature_inputs(kind: str) -> tuple[Input[Any], ...]:
    """How features are written in one kind, in the order of FEATURES."""
    return tuple(feature.inputs[kind] for feature in FEATURES if kind in feature.inputs)


def feature_fields(kind: str) -> Fields:
    return tuple(dict.fromkeys(field for one in feature_inputs(kind) for field in one.fields))


def parse_features(values: Values, inputs: Iterable[Input[Any]]) -> Checked[tuple[FeatureConfig, ...]]:
    """Configurations of all features that the object writes any field of."""
    written = values.items.keys()
    configs: list[FeatureConfig] = []
    problems: list[Problem] = []
    for one in inputs:
        if not written.isdisjoint(one.names):
            checked = one.parse(values)
            problems += checked.problems
            if checked.value is not None:
                configs.append(checked.value)
    return Checked(tuple(configs), tuple(problems))


def unbuilt(*names: str, doc: str = "", note: str = "", protects: bool = False) -> Fields:
    """Known fields that have no effect yet."""
    return tuple(Field(name, TEXT, doc, built=False, note=note, protects=protects) for name in names)


def inert(name: str, note: str) -> AnyField:
    """A field that older releases had and that means nothing any more; `note` says what to do."""
    return Field(name, TEXT, "no effect any more", built=False, note=f"{name} has no effect any more: {note}")


def unsupported_kind(kind: str, doc: str, groups: tuple[str, ...] = (OUR_GROUP,)) -> KindSpec[object]:
    """A kind that we know and do not serve yet."""

    def parse(source: SourceObject) -> Checked[object | None]:
        at = Cursor(source.key, None, ("kind",))
        return Checked(None, (at.warning(Reason.NOT_SUPPORTED, f"{kind} is not supported yet and has no effect"),))

    return KindSpec(kind, doc, (), parse, groups, built=False)
