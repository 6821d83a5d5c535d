"""What counts as lost, and what does not."""

from pathlib import Path

import pytest

from gwproactor.app.demo.verdict import Evidence, Verdict, listed_ids, verdict_of


def test_each_event_acknowledged_and_stored_once_is_a_clean_end() -> None:
    verdict = verdict_of(Evidence(listed=["a", "b"], received=["b", "a", "of the node itself"]))

    assert verdict == Verdict(generated=2, stored_once=2, acknowledged=2)
    assert verdict.is_clean


def test_an_event_that_is_nowhere_is_lost() -> None:
    verdict = verdict_of(Evidence(listed=["a", "b"], received=["a"]))

    assert (verdict.lost, verdict.acknowledged, verdict.is_clean) == (1, 1, False)


def test_an_event_that_the_parent_stored_twice_spoils_the_end_and_is_not_lost() -> None:
    verdict = verdict_of(Evidence(listed=["a", "b"], received=["a", "b", "b"]))

    assert (verdict.stored_once, verdict.stored_again) == (1, 1)
    assert (verdict.lost, verdict.is_clean) == (0, False)


def test_an_event_that_the_child_still_keeps_is_pending_and_not_lost() -> None:
    verdict = verdict_of(Evidence(listed=["a", "b"], received=["a"], kept=["b", "own"]))

    assert (verdict.pending, verdict.lost, verdict.is_clean) == (1, 0, False)


def test_an_event_that_is_stored_but_not_acknowledged_is_pending() -> None:
    verdict = verdict_of(Evidence(listed=["a"], received=["a"], kept=["a"]))

    assert (verdict.stored_once, verdict.acknowledged, verdict.pending) == (1, 0, 1)
    assert not verdict.is_clean


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (Verdict(), "no event was generated"),
        (Verdict(generated=2, stored_once=2, acknowledged=2), "lost 0: 2 events generated"),
        (Verdict(generated=2, stored_once=1, acknowledged=1, lost=1), "lost 1, of 2 events"),
        (Verdict(generated=2, stored_once=1, acknowledged=1, pending=1), "lost 0, pending 1"),
        (Verdict(generated=1, stored_again=1, acknowledged=1), "lost 0, stored more than once 1"),
    ],
)
def test_the_verdict_says_what_is_wrong(verdict: Verdict, says: str) -> None:
    assert str(verdict).startswith(says)


def test_a_list_without_its_last_line_end_has_one_event_less(tmp_path: Path) -> None:
    path = tmp_path / "generated.txt"
    path.write_text("a\nb\nhalf", encoding="utf-8")

    assert listed_ids(path) == ["a", "b"]


def test_no_list_is_no_event(tmp_path: Path) -> None:
    assert listed_ids(tmp_path / "generated.txt") == []
