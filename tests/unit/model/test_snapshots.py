from ambassador.model.config_snapshot import ConfigSnapshot, SourceState, diff
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.objects import SourceObject
from ambassador.model.origins import NoOrigins, Origin


def one(name: str, digest: str = "1", **metadata: object) -> SourceObject:
    return SourceObject(ObjectKey("Mapping", "default", name), digest, {"apiVersion": "v1", "metadata": metadata})


def test_given_two_tables_then_the_difference_is_what_changed_came_and_went() -> None:
    same, old, new, gone, fresh = one("same"), one("edited"), one("edited", "2"), one("gone"), one("fresh")
    before = {value.key: value for value in (same, old, gone)}
    after = {value.key: value for value in (same, new, fresh)}
    assert diff(before, after) == {new.key: new, fresh.key: fresh, gone.key: None}
    assert diff(before, before) == {}
    assert diff(before, {**before, same.key: one("same")}) == {}


def test_given_an_object_gone_and_nothing_else_then_the_difference_says_so() -> None:
    value = one("gone")
    assert diff({value.key: value}, {}) == {value.key: None}


def test_an_object_reads_its_metadata_without_trusting_its_form() -> None:
    value = one("web", labels={"a": 1})
    assert value.labels == {"a": "1"}
    assert value.api_version == "v1"
    assert SourceObject(value.key, "1", {"metadata": "x"}).labels == {}
    assert one("web", labels="x").labels == {}
    assert one("web", labels={"a": 1}) == one("web")  # equality is by key and digest


def test_a_snapshot_is_complete_when_all_its_sources_are() -> None:
    done, open_ = SourceState("a", "folder", complete=True), SourceState("b", "folder", complete=False)
    assert ConfigSnapshot({}, sources=(done,)).complete
    assert not ConfigSnapshot({}, sources=(done, open_)).complete


def test_origins_and_keys_have_one_spelling() -> None:
    assert str(Origin()) == "cluster"
    assert str(Origin("a.yaml", 3)) == "a.yaml:3"
    assert str(NoOrigins().of(one("web").key)) == "cluster"
    assert NoOrigins().line(one("web").key, ()) is None
    assert str(ObjectKey("Host", "ns", "a")) == "Host ns/a"
    assert str(file_key("a.yaml")) == "File a.yaml"
