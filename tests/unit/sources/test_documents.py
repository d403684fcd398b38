"""Files → objects: pieces, lines, and what a broken file keeps."""

from __future__ import annotations

from manifest_texts import key, mapping

from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Reason
from ambassador.sources.documents import Documents, read, withheld


def fresh(text: str | bytes, path: str = "conf/a.yaml") -> Documents:
    return read(Documents(path), text.encode() if isinstance(text, str) else text).documents


def reasons(documents: Documents) -> list[tuple[Reason, int | None]]:
    return [(problem.reason, problem.line) for problem in documents.problems]


def test_given_several_documents_when_read_then_each_object_has_its_line_and_its_fields_theirs() -> None:
    documents = fresh("# head\n" + mapping("a") + mapping("b", namespace="prod"))
    assert set(documents.objects) == {key("a"), key("b", namespace="prod")}
    assert documents.lines.line(key("a")) == 3
    assert documents.lines.line(key("b", namespace="prod")) == 11
    assert documents.lines.line(key("b", namespace="prod"), ("spec", "prefix")) == 17
    assert documents.lines.line(key("a"), ("spec", "cors", "origins", 2)) == 7
    assert documents.lines.line(key("nobody")) is None


def test_given_cluster_scoped_kinds_when_read_then_they_have_no_namespace() -> None:
    documents = fresh("apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: x, namespace: y}\n")
    assert set(documents.objects) == {ObjectKey("IngressClass", "", "x")}


def test_given_a_list_when_read_then_its_items_are_objects_with_their_own_lines() -> None:
    item = "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: {}\n"
    documents = fresh("apiVersion: v1\nkind: List\nitems:\n" + item.format("a") + item.format("b"))
    assert documents.lines.line(key("b", "Service")) == 8
    assert documents.lines.line(key("b", "Service"), ("metadata", "name")) == 11
    typed = fresh("apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: a}}]\n")
    assert set(typed.objects) == {key("a", "Service")}


def test_given_the_old_flat_form_in_a_file_when_read_then_it_is_an_object_and_lines_are_found() -> None:
    documents = fresh(
        "---\napiVersion: ambassador/v0\nkind: Mapping\nname: old\nprefix: /x/\nmetadata_labels: {a: b}\n"
    )
    assert documents.objects[key("old")].content == {
        "apiVersion": "ambassador/v0",
        "kind": "Mapping",
        "metadata": {"name": "old", "namespace": "default", "labels": {"a": "b"}},
        "spec": {"prefix": "/x/"},
    }
    assert documents.lines.line(key("old"), ("spec", "prefix")) == 5
    assert documents.lines.line(key("old"), ("metadata", "labels", "a")) == 6


def test_given_status_and_server_side_metadata_when_they_change_then_the_object_is_equal() -> None:
    base = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n"
    noisy = base + "  uid: x\n  generation: 3\n  resourceVersion: '9'\n  managedFields: []\nstatus: {a: 1}\n"
    assert fresh(base).objects == fresh(noisy).objects
    assert fresh(noisy).objects[key("a", "Service")].content["metadata"] == {"name": "a"}


def test_given_documents_that_are_no_objects_when_read_then_each_is_a_problem_on_its_line() -> None:
    text = (
        mapping("a")
        + "---\n- 1\n---\nkind: X\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: 5\n---\n# empty\n"
    )
    documents = fresh(text)
    assert reasons(documents) == [(Reason.INVALID_OBJECT, 10), (Reason.INVALID_OBJECT, 12), (Reason.INVALID_OBJECT, 17)]
    assert "apiVersion is missing" in documents.problems[1].message
    assert "quote it" in documents.problems[2].message
    assert documents.problems[0].source == ObjectKey("File", "", "conf/a.yaml")
    assert set(documents.objects) == {key("a")}


def test_given_the_same_key_twice_in_a_file_then_the_earlier_counts_and_the_later_is_named() -> None:
    documents = fresh(mapping("a", "/1/") + mapping("a", "/2/"))
    assert documents.objects[key("a")].content["spec"] == {"prefix": "/1/", "service": "backend"}
    assert reasons(documents) == [(Reason.DUPLICATE_OBJECT, 10)]
    assert "conf/a.yaml:2 is used" in documents.problems[0].message


def test_given_a_duplicate_key_then_that_object_keeps_its_last_good_form_and_others_change() -> None:
    old = fresh(mapping("a", "/1/") + mapping("b", "/1/"))
    broken = read(old, (mapping("a", "/2/") + mapping("b", "/2/") + "  prefix: /3/\n").encode())
    assert reasons(broken.documents) == [(Reason.DUPLICATE_KEY, 17)]
    assert set(broken.changes) == {key("a")}
    assert broken.documents.objects[key("b")] is old.objects[key("b")]
    assert "Mapping default/b" in broken.documents.problems[0].message


def test_given_a_broken_piece_then_missing_objects_stay_until_the_file_is_whole_again() -> None:
    old = fresh(mapping("a") + mapping("b") + mapping("c"))
    broken = read(old, (mapping("a") + "---\nx: [\n").encode()).documents
    assert set(broken.objects) == {key("a"), key("b"), key("c")}
    assert broken.lines.line(key("c")) == 18
    whole = read(broken, mapping("a").encode())
    assert dict(whole.changes) == {key("b"): None, key("c"): None}
    assert whole.documents.problems == ()


def test_given_a_file_that_is_still_written_then_missing_objects_stay_until_it_is_closed() -> None:
    old = fresh(mapping("a") + mapping("b"))
    partial = read(old, mapping("a").encode(), partial=True)
    assert not partial.changes and not partial.documents.problems
    assert dict(read(partial.documents, mapping("a").encode()).changes) == {key("b"): None}


def test_given_a_file_that_cannot_be_read_at_all_then_everything_stays_and_comes_back_identical() -> None:
    old = fresh(mapping("a"))
    gone = withheld(old, Reason.TOO_LARGE, "too large").documents
    assert reasons(gone) == [(Reason.TOO_LARGE, 1)]
    back = read(gone, mapping("a").encode())
    assert not back.changes and not back.documents.problems
    assert back.documents.objects[key("a")] is old.objects[key("a")]


def test_given_a_line_on_top_or_a_comment_then_no_object_changes_and_lines_move() -> None:
    old = fresh(mapping("a") + mapping("b"))
    new = read(old, ("# top\n" + mapping("a") + "# comment\n" + mapping("b")).encode())
    assert not new.changes
    assert all(new.documents.objects[name] is old.objects[name] for name in old.objects)
    assert (old.lines.line(key("b")), new.documents.lines.line(key("b"))) == (10, 12)


def test_given_marks_inside_block_scalars_then_they_do_not_cut() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: |\n    ---\n    a: 1\n    ...\n  y: z\n"
    documents = fresh(text)
    assert documents.problems == ()
    assert documents.objects[key("c", "ConfigMap")].content["data"] == {"x": "---\na: 1\n...\n", "y": "z"}


def test_given_crlf_and_bom_then_objects_equal_those_of_plain_text_and_lines_are_right() -> None:
    plain = mapping("a") + mapping("b")
    windows = fresh(b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode())
    assert windows.objects == fresh(plain).objects
    assert windows.lines.line(key("b"), ("spec", "prefix")) == 15


def test_given_json_then_duplicates_depth_and_streams_are_handled_as_in_yaml() -> None:
    one = '{\n"apiVersion": "v1", "kind": "Service",\n"metadata": {"name": "a", "labels": {"e": "\\ud83d\\ude00"}}}\n'
    two = '{"apiVersion": "v1", "kind": "Service",\n "metadata": {"name": "b"}}'
    documents = fresh(one + two, "a.json")
    assert set(documents.objects) == {key("a", "Service"), key("b", "Service")}
    assert documents.lines.line(key("b", "Service")) == 4
    assert fresh(two, "a.json").lines.line(key("b", "Service"), ("metadata", "name")) == 2
    twice = fresh('{"apiVersion": "v1",\n "a": {"x": 1},\n "b": {"x": 1,\n "x": 2}}', "a.json")
    assert reasons(twice) == [(Reason.DUPLICATE_KEY, 4)]
    for bad in ("[" * 100_000, '{"a": NaN}', '{"a": 1e999}', '{"a": 99999999999999999999}', '{"a": ', b"\xff"):
        assert reasons(fresh(bad, "a.json")) == [(Reason.INVALID_YAML, 1)]
    assert fresh("", "a.json").problems == ()


def test_given_a_lone_surrogate_in_json_then_the_object_is_refused() -> None:
    text = '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "x": "\\ud800"}'
    assert reasons(fresh(text, "a.json")) == [(Reason.INVALID_OBJECT, 1)]
