import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.shell.fuzzy import score


def best(query: str, *texts: str) -> str:
    return max(texts, key=lambda text: score(query, text) if score(query, text) is not None else -1)


def test_letters_must_all_appear_in_order():
    assert score("svl", "Save layout") is not None
    assert score("lvs", "Save layout") is None


@pytest.mark.parametrize(
    ("query", "wanted", "other"),
    [
        ("sl", "Save layout", "Close all"),
        ("theme", "Next theme", "The mechanics of empty space"),
        ("btc", "Symbol BTC/USDT", "Symbol B1T/ETC"),
        ("load", "Load a layout", "Reload all of the data"),
    ],
)
def test_starts_of_words_and_runs_win(query, wanted, other):
    assert best(query, other, wanted) == wanted


@given(st.text(min_size=1, max_size=30))
def test_every_text_matches_itself_and_the_empty_query(text):
    assert score("", text) == 0
    if text.casefold().replace(" ", ""):
        assert score(text, text) is not None
