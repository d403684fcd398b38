"""Ambassador objects in annotations of Services and Ingresses."""

from __future__ import annotations

import textwrap

import pytest
from manifest_texts import key

from ambassador.model.objects import SourceObject
from ambassador.model.problems import Reason
from ambassador.sources.annotations import ANNOTATION, ANNOTATION_PATH, expand
from ambassador.sources.documents import Documents, read


def service(annotation: str, kind: str = "Service", header: str = "|") -> tuple[SourceObject, Documents]:
    version = "networking.k8s.io/v1" if kind == "Ingress" else "v1"
    text = (
        f"apiVersion: {version}\nkind: {kind}\n"
        "metadata:\n  name: s\n  namespace: prod\n  labels: {team: a, tier: b}\n"
        f"  annotations:\n    {ANNOTATION}: {header}\n" + textwrap.indent(annotation, "      ") + "spec: {}\n"
    )
    documents = read(Documents("a.yaml"), text.encode()).documents
    assert documents.problems == ()
    return documents.objects[key("s", kind, "prod")], documents


FLAT = "---\napiVersion: ambassador/v1\nkind: Mapping\nname: m\nprefix: /x/\n"


@pytest.mark.parametrize("kind", ["Service", "Ingress"])
def test_given_a_flat_document_then_it_is_an_object_of_the_parents_namespace_and_labels(kind: str) -> None:
    parent, _ = service(FLAT + "metadata_labels: {tier: c}\nambassador_id: [x]\n", kind)
    (nested,) = expand(parent).nested
    assert nested.object.key == key("m", namespace="prod")
    assert nested.object.nested_in == parent.key
    assert nested.object.content == {
        "apiVersion": "ambassador/v1",
        "kind": "Mapping",
        "metadata": {"name": "m", "namespace": "prod", "labels": {"team": "a", "tier": "c"}},
        "spec": {"prefix": "/x/", "ambassador_id": ["x"]},
    }


def test_given_a_namespace_of_its_own_then_that_counts() -> None:
    parent, _ = service(FLAT + "namespace: other\n")
    assert expand(parent).nested[0].object.key == key("m", namespace="other")


def test_given_a_literal_block_then_fields_of_nested_objects_have_their_line_in_the_file() -> None:
    parent, documents = service("# comment\n" + FLAT + FLAT.replace("name: m", "name: n"))
    second = expand(parent).nested[1]
    inner = second.line(("spec", "prefix"))
    assert documents.lines.line(parent.key, ANNOTATION_PATH, inner) == 19
    folded, documents = service(FLAT, header=">-\n\n")
    assert documents.lines.line(folded.key, ANNOTATION_PATH, 3) == 8


def test_given_wrong_documents_then_each_is_a_problem_of_the_parent_and_others_stay_valid() -> None:
    wrong = "---\na: [\n---\napiVersion: getambassador.io/v2\nkind: Mapping\nprefix: /\n"
    wrong += "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n"
    parent, _ = service(FLAT + wrong + FLAT.replace("name: m", "name: n") + FLAT)
    expansion = expand(parent)
    assert [item.object.key.name for item in expansion.nested] == ["m", "n"]
    assert {(p.source, p.path, p.line) for p in expansion.problems} == {(parent.key, ANNOTATION_PATH, None)}
    assert [(p.reason, p.message.split(":")[0]) for p in expansion.problems] == [
        (Reason.INVALID_YAML, "line 7 of the annotation"),
        (Reason.INVALID_OBJECT, "line 9 of the annotation"),
        (Reason.INVALID_OBJECT, "line 13 of the annotation"),
        (Reason.DUPLICATE_OBJECT, "line 22 of the annotation"),
    ]


def test_given_no_annotation_another_kind_or_no_text_then_nothing_is_nested() -> None:
    bare = SourceObject(key("s", "Service"), "1", {"metadata": {"annotations": None}})
    assert expand(bare).nested == () and expand(bare).problems == ()
    other = SourceObject(key("s", "Secret"), "1", {"metadata": {"annotations": {ANNOTATION: FLAT}}})
    assert expand(other).nested == ()
    number = SourceObject(key("s", "Service"), "1", {"metadata": {"annotations": {ANNOTATION: 5}}})
    assert "must be text" in expand(number).problems[0].message
