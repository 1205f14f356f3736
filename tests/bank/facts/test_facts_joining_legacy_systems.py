"""The figures and claims of the question on joining language models to existing systems, computed."""

import json

import numpy as np
import pytest


def test_fields_that_are_nearly_right_make_many_wrong_forms():
    assert pytest.approx(0.785, abs=0.001) == 0.98**12
    assert pytest.approx(0.886, abs=0.001) == 0.99**12
    caught = 0.8  # checks against records find four in five wrong forms
    assert (1 - 0.98**12) * (1 - caught) == pytest.approx(0.043, abs=0.001)


def test_a_shared_protocol_needs_a_piece_for_each_side_and_not_for_each_pair():
    assistants, systems = 6, 9
    assert assistants * systems == 54
    assert assistants + systems == 15


def order_fits(order):
    """The shape only: names, types and permitted values."""
    return (
        set(order) == {"customer", "item", "count", "unit"}
        and isinstance(order["customer"], str)
        and isinstance(order["item"], str)
        and isinstance(order["count"], int)
        and order["unit"] in ("piece", "box")
    )


def test_a_form_of_the_right_shape_can_be_false():
    customers, items = {"C-1001"}, {"A-17"}
    invented = json.loads('{"customer": "C-9999", "item": "A-17", "count": 40000, "unit": "piece"}')
    assert order_fits(invented)
    assert invented["customer"] not in customers and invented["item"] in items  # only the records tell
    good = {"customer": "C-1001", "item": "A-17", "count": 4, "unit": "box"}
    assert order_fits(good) and good["customer"] in customers
    assert not order_fits({**good, "count": "four"})  # what the shape does catch


def test_a_key_for_each_request_keeps_a_retry_from_posting_twice():
    rng = np.random.default_rng(0)
    lost_answer = rng.random(100_000) < 0.01  # it was posted, but the answer did not come back

    def posted(with_key):
        seen, bookings = set(), 0
        for request, lost in enumerate(lost_answer):
            for _ in range(2 if lost else 1):  # who gets no answer tries again
                if with_key and request in seen:
                    continue
                seen.add(request)
                bookings += 1
        return bookings

    assert posted(with_key=True) == 100_000
    assert posted(with_key=False) / 100_000 == pytest.approx(1.01, abs=0.001)
