"""Which Ingresses are ours: by their IngressClass, by the older annotation, or because one of ours is the default.

An Ingress of another controller is none of our business: nothing is said about it, whatever it looks like.
"""

from __future__ import annotations

from ambassador.compile.inputs import KEYS, OPTIONS
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import spec_as
from ambassador.kinds.ingress import IngressSpec
from ambassador.kinds.ingressclass import OUR_CONTROLLER, IngressClassSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason

OUR_NAME = "ambassador"
"""A class of this name is ours also where there is no such object, as without the right to read IngressClasses."""


def our_ingress(read: Read, key: ObjectKey) -> IngressSpec | None:
    """An Ingress, if it is ours."""
    found = spec_as(read, key, IngressSpec)
    return found if found and is_ours(read, found) else None


def is_ours(read: Read, ingress: IngressSpec) -> bool:
    mine = read(OPTIONS, None).ambassador_id
    if ingress.ids and mine not in ingress.ids:
        return False
    return read(serves_class, (ingress.class_name, mine in ingress.ids))


def class_of(read: Read, ingress: IngressSpec) -> ObjectKey | None:
    """The IngressClass object that makes an Ingress ours, if there is one."""
    found = read(classes, None)
    fits = [one for one in found if (one.default if ingress.class_name is None else one.key.name == ingress.class_name)]
    return fits[0].key if fits else None


@rule
def classes(read: Read, _: None) -> tuple[IngressClassSpec, ...]:
    """All IngressClasses, whoever's they are, in order."""
    keys = read(KEYS, "IngressClass")
    found = (spec_as(read, key, IngressClassSpec) for key in sorted(keys))
    return tuple(one for one in found if one)


@rule
def serves_class(read: Read, place: tuple[str | None, bool]) -> bool:
    """Whether Ingresses of a class (None: of none) are ours; the flag says that they name this very instance."""
    name, named = place
    mine = read(OPTIONS, None).ambassador_id
    found = read(classes, None)
    if name is None:
        return any(one.default and one.is_for(mine) for one in found)
    same = [one for one in found if one.key.name == name]
    if same:
        return any(one.is_for(mine) or (named and one.controller == OUR_CONTROLLER) for one in same)
    return name.lower() == OUR_NAME and (named or mine == "default")


def is_our_class(read: Read, found: IngressClassSpec) -> bool:
    return found.is_for(read(OPTIONS, None).ambassador_id)


def class_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """A second default class."""
    defaults = [one.key for one in read(classes, None) if one.default and is_our_class(read, one)]
    if key not in defaults[1:]:
        return ()
    at = Cursor(key, None, ("metadata", "annotations"))
    message = f"IngressClass {defaults[0].name} is the default one, too; mark one of them only"
    return (at.warning(Reason.CONFLICT, message),)
