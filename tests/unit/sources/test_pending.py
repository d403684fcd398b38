"""When a path is read or dropped, on a clock of numbers."""

from __future__ import annotations

from ambassador.sources.pending import Delays, Due, Pending


def pending() -> Pending:
    return Pending(Delays(unclosed=1.0, gone=0.1, gone_longest=5.0))


def test_given_a_closed_file_then_it_is_read_at_once_and_only_once() -> None:
    waiting = pending()
    waiting.writing("a", 10.0)
    waiting.written("a")
    assert waiting.next_at() == 0.0
    assert waiting.due(10.0) == Due(reads=("a",))
    assert waiting.next_at() is None and waiting.due(99.0) == Due()


def test_given_a_file_that_stays_open_then_it_is_read_every_second_as_partial() -> None:
    waiting = pending()
    waiting.writing("a", 10.0)
    waiting.writing("a", 10.9)
    assert waiting.next_at() == 11.0
    assert waiting.due(10.9) == Due()
    assert waiting.due(11.0) == Due(partial=("a",))
    waiting.writing("a", 11.1)
    assert waiting.next_at() == 12.1


def test_given_an_emptied_file_then_it_is_believed_after_a_second_unless_it_is_written_again() -> None:
    waiting = pending()
    waiting.emptied("a", 10.0)
    waiting.emptied("b", 10.5)
    waiting.writing("b", 10.6)
    assert waiting.due(11.0) == Due(confirmed=("a",))
    assert waiting.due(11.6) == Due(partial=("b",))


def test_given_files_that_go_one_by_one_then_they_are_dropped_together_when_it_is_quiet() -> None:
    waiting = pending()
    for step in range(5):
        waiting.gone(f"f{step}", 10 + step * 0.05)
        assert waiting.due(10 + step * 0.05) == Due()
    assert waiting.due(10.31).removals == ("f0", "f1", "f2", "f3", "f4")


def test_given_files_that_never_stop_going_then_they_are_dropped_after_the_longest_wait() -> None:
    waiting = pending()
    for step in range(100):
        waiting.gone(f"f{step}", 10 + step * 0.05)
    assert waiting.next_at() == 14.95 + 0.1 or waiting.next_at() == 15.0
    assert len(waiting.due(15.0).removals) == 100


def test_given_a_file_that_is_replaced_by_removal_then_it_is_never_dropped() -> None:
    waiting = pending()
    waiting.gone("a", 10.0)
    waiting.writing("a", 10.02)
    assert waiting.due(10.2) == Due()
    waiting.written("a")
    assert waiting.due(10.3) == Due(reads=("a",))


def test_given_a_renamed_file_then_the_old_name_goes_with_the_reading_of_the_new_one() -> None:
    waiting = pending()
    waiting.gone("a", 10.0)
    waiting.written("b")
    waiting.renamed("a")
    assert waiting.due(10.0) == Due(reads=("b",), removals=("a",))


def test_given_the_whole_folder_went_then_nothing_is_dropped() -> None:
    waiting = pending()
    waiting.gone("a", 10.0)
    waiting.stop_removals()
    assert waiting.next_at() is None and waiting.due(99.0) == Due()
