"""Any sequence of edits gives what reading from scratch gives; an edit costs what it touches."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_texts import key, mapping

from ambassador.sources import documents as documents_module
from ambassador.sources.documents import Documents, read
from ambassador.sources.pieces import Piece, read_piece
from ambassador.sources.split import edit, split

PARTS = st.sampled_from(
    [
        *[mapping(name, prefix) for name in "abc" for prefix in ("/", "/x/")],
        "# comment\n",
        "\n",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n",
        "x: |\n  ---\n  a\n",
        "x: [\n",
        "\r\n",
        "---",
        "--- ",
        "\ufeff",
        "%",
        " ",
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 0, 1, 5, 90]), st.lists(PARTS, max_size=2)), max_size=8)


def edited(text: bytes, change: tuple[float, int, list[str]]) -> bytes:
    where, length, parts = change
    start = int(where * len(text))
    return text[:start] + "".join(parts).encode() + text[start + length :]


@given(st.lists(PARTS, max_size=10), EDITS)
@settings(max_examples=300, deadline=None)
def test_given_any_edits_then_the_pieces_equal_those_of_a_split_from_scratch(
    start: list[str], edits: list[tuple[float, int, list[str]]]
) -> None:
    text = "".join(start).encode()
    pieces = split(text)
    for change in edits:
        text = edited(text, change)
        found = edit(pieces, text)
        pieces = pieces[: found.start] + found.pieces + pieces[found.stop :]
        assert pieces == split(text)
        assert b"".join(pieces) == text


@given(st.lists(PARTS, max_size=10), EDITS)
@settings(max_examples=200, deadline=None)
def test_given_any_edits_then_objects_lines_and_changes_equal_those_from_scratch(
    start: list[str], edits: list[tuple[float, int, list[str]]]
) -> None:
    text = "".join(start).encode()
    current = read(Documents("a.yaml"), text).documents
    for change in edits:
        text = edited(text, change)
        reading = read(current, text)
        scratch = read(Documents("a.yaml"), text).documents
        new = reading.documents
        kept = dict(new.kept)
        assert {name: value for name, value in new.objects.items() if name not in kept} == scratch.objects
        assert all(new.lines.line(name) == scratch.lines.line(name) for name in scratch.objects)
        assert [(p.reason, p.line) for p in new.problems] == [(p.reason, p.line) for p in scratch.problems]
        assert bool(kept) <= bool(scratch.broken)
        replayed = {**current.objects, **reading.changes}
        assert {name: value for name, value in replayed.items() if value is not None} == new.objects
        unchanged = current.objects.keys() - reading.changes.keys()
        assert all(new.objects[name] is current.objects[name] for name in unchanged)
        current = new


def test_given_one_edit_among_2000_documents_then_at_most_five_pieces_are_looked_at(monkeypatch: object) -> None:
    text = "".join(mapping(f"m{number}") for number in range(2000))
    old = read(Documents("a.yaml"), text.encode()).documents
    parsed: list[bytes] = []

    def counting(raw: bytes, is_json: bool) -> Piece:
        parsed.append(raw)
        return read_piece(raw, is_json)

    monkeypatch.setattr(documents_module, "read_piece", counting)  # type: ignore[attr-defined]
    changed = read(
        old, text.replace("name: m1000\nspec:\n  prefix: /\n", "name: m1000\nspec:\n  prefix: /x/\n").encode()
    )
    assert set(changed.changes) == {key("m1000")}
    assert len(parsed) == 1
    assert not read(old, ("# top\n" + text).encode()).changes
    assert len(parsed) <= 3
