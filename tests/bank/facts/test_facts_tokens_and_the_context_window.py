"""The sums of the question on tokens and the context window."""

WINDOW = 128_000


def test_pages_in_a_window():
    assert WINDOW * 0.75 == 96_000
    assert WINDOW * 0.75 / 500 == 192
    assert (WINDOW - 8_000) * 0.75 / 500 == 180


def test_a_budget_of_a_window():
    parts = {"instructions": 2_000, "history": 20_000, "documents": 100_000, "question": 50}
    left = WINDOW - sum(parts.values())
    assert left < 8_000 and parts["question"] < left  # a short question, and the answer has little room all the same


def test_history_is_read_again_each_turn():
    turns, tokens = 10, 300
    assert sum(turn * tokens for turn in range(1, turns + 1)) == 16_500
    assert turns * tokens == 3_000


def test_a_page_sent_with_every_question():
    assert 500 * 10_000 == 5_000_000


def test_a_million_tokens_a_question():
    assert 1_000_000 * 3 / 1_000_000 == 3
