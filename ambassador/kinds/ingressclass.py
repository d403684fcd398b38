"""IngressClass: which controller serves the Ingresses that name it.

Whether a class is ours is said by its controller alone; what its parameters point to has no meaning here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ambassador.kinds.contract import KindSpec, spec_of
from ambassador.kinds.nginx_annotations import TRUE
from ambassador.model.field_types import ANYTHING, TEXT
from ambassador.model.fields import Cursor, Field, OnFault
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason

OUR_CONTROLLER = "getambassador.io/ingress-controller"
AMBASSADOR_ID = "getambassador.io/ambassador-id"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, slots=True)
class IngressClassSpec:
    """One IngressClass. `ids` are the instances that it is for; none means `default`."""

    key: ObjectKey
    controller: str
    ids: tuple[str, ...] = ()
    default: bool = False

    def is_for(self, ambassador_id: str) -> bool:
        return self.controller == OUR_CONTROLLER and ambassador_id in (self.ids or ("default",))


CONTROLLER = Field(
    "controller", TEXT, "ours is getambassador.io/ingress-controller", required=True, on_fault=OnFault.REJECT_OBJECT
)
PARAMETERS = Field("parameters", ANYTHING, "ignored, with a WARNING")
FIELDS = (CONTROLLER, PARAMETERS)


def parse(source: SourceObject) -> Checked[IngressClassSpec | None]:
    read = spec_of(source, FIELDS)
    values = read.value
    if values.rejected:
        return Checked(None, read.problems)
    found = annotations_of(source).value
    spec = IngressClassSpec(
        source.key, values.or_else(CONTROLLER, ""), ids_in(found), found.get(DEFAULT_CLASS, "") in TRUE
    )
    idle: tuple[Problem, ...] = ()
    if values.get(PARAMETERS) is not None:
        message = "parameters have no effect: defaults are set by a Module and by Listeners"
        idle = (values.on(PARAMETERS).warning(Reason.IGNORED_FIELD, message),)
    return Checked(spec, read.problems + idle)


def annotations_of(source: SourceObject) -> Checked[Mapping[str, str]]:
    """Annotations as texts: a manifest may say true without quotes."""
    found = source.metadata.get("annotations")
    if found is None or isinstance(found, Mapping):
        return Checked({str(name): _text(value) for name, value in (found or {}).items()})
    at = Cursor(source.key, found, ("metadata", "annotations"))
    return Checked({}, (at.error(Reason.INVALID_TYPE, "annotations must be an object with texts"),))


def ids_in(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Instances that an object is for, separated by commas; none where it does not say."""
    return tuple(one.strip() for one in annotations.get(AMBASSADOR_ID, "").split(",") if one.strip())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


KIND = KindSpec(
    "IngressClass", "which controller serves the Ingresses that name it", FIELDS, parse, ("networking.k8s.io",)
)
