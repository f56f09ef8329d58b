"""Answers that are kept: made once, few, and still given when another thread forgets them meanwhile."""

from hygie.base.kernel import Keeping


def test_an_answer_is_made_once_and_none_stands_for_another():
    kept, made = Keeping(8), []
    for key in ("one", "two", "one"):
        assert kept.of(key, lambda key=key: made.append(key) or key.upper()) == key.upper()
    assert made == ["one", "two"]


def test_an_answer_of_nothing_is_an_answer():
    kept, made = Keeping(8), []
    assert [kept.of("none", lambda: made.append(1)) for _ in range(3)] == [None, None, None]
    assert made == [1]


def test_no_more_are_kept_than_were_meant():
    kept = Keeping(3)
    for number in range(50):
        assert kept.of(number, lambda number=number: number) == number
        assert len(kept.answers) <= 3


def test_who_asks_while_another_forgets_is_answered():
    kept = Keeping(1)

    def made() -> str:
        kept.of("another", lambda: "other")  # of another thread, which fills what is kept
        return "mine"

    assert kept.of("one", made) == "mine"
    assert kept.of("one", lambda: "again") in ("mine", "again")
    assert len(kept.answers) <= 1
