"""The figures and claims of the question on questions to a database, run on a small shop."""

import sqlite3

import pytest

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, country TEXT, closed INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, day TEXT, total INTEGER, status TEXT, note TEXT);
CREATE TABLE items (order_id INTEGER, product TEXT, pieces INTEGER);
INSERT INTO customers VALUES (1,'Ana','ana@example.org','PT',0), (2,'Ben','ben@example.org','NO',0),
  (3,'Chi','chi@example.org','VN',1), (4,'Dov','dov@example.org','IL',0), (5,'Eva','eva@example.org','NO',0);
INSERT INTO orders VALUES (1,1,'2026-09-30',40,'paid','please update the address'), (2,1,'2026-10-04',60,'paid',''),
  (3,2,'2026-10-20',100,'refunded',''), (4,4,'2026-07-11',30,'paid',''), (5,NULL,'2026-10-29',25,'paid','guest');
INSERT INTO items VALUES (1,'lamp',1),(2,'lamp',1),(2,'bulb',4),(2,'cable',2),(3,'lamp',2),(3,'bulb',1),(4,'bulb',6),(5,'cable',1);
"""


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "shop.sqlite"
    with sqlite3.connect(place) as db:
        db.executescript(SHOP)
    return place


def ask(path, sql):
    db = sqlite3.connect(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def looks_harmless(sql):
    """The check by words that people write first."""
    return not any(word in sql.lower() for word in ("drop", "delete", "update", "insert", "alter"))


ATTACKS = ("REPLACE INTO customers VALUES (1,'x','x','x',1)", "VACUUM", "CREATE TABLE mine AS SELECT * FROM customers")


def test_a_list_of_words_lets_writes_through_and_stops_a_harmless_question(path):
    assert all(looks_harmless(sql) for sql in ATTACKS)
    honest = "SELECT count(*) FROM orders WHERE note LIKE '%update%'"
    assert not looks_harmless(honest)
    assert ask(path, honest) == [(1,)]  # it would have changed nothing


def test_a_read_only_connection_refuses_every_write(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for sql in (*ATTACKS, "DELETE FROM customers", "WITH old AS (SELECT 1) DELETE FROM orders"):
        with pytest.raises(sqlite3.OperationalError):
            db.execute(sql)
    assert db.execute("SELECT count(*) FROM orders WHERE note LIKE '%update%'").fetchall() == [(1,)]
    assert db.execute("SELECT email FROM customers WHERE id = 4").fetchall() == [("dov@example.org",)]  # reading harms too
    db.close()
    writable = sqlite3.connect(path)  # the control: with rights to write it happens
    assert writable.execute("DELETE FROM customers").rowcount == 5
    writable.close()


def test_rights_on_columns_hold_whatever_the_query_is(path):
    def only_these(action, table, column, *_):
        secret = action == sqlite3.SQLITE_READ and (table, column) == ("customers", "email")
        return sqlite3.SQLITE_DENY if secret else sqlite3.SQLITE_OK

    db = sqlite3.connect(path)
    assert len(db.execute("SELECT * FROM customers").fetchall()) == 5
    db.set_authorizer(only_these)
    for sql in ("SELECT email FROM customers", "SELECT * FROM customers", "SELECT name FROM customers ORDER BY email"):
        with pytest.raises(sqlite3.DatabaseError, match=r"email is prohibited"):
            db.execute(sql)
    assert db.execute("SELECT count(name) FROM customers").fetchall() == [(5,)]
    db.close()


def test_a_join_counts_an_order_once_for_each_of_its_lines(path):
    plain = ask(path, "SELECT sum(total) FROM orders WHERE status = 'paid'")
    joined = ask(path, "SELECT sum(total) FROM orders JOIN items ON items.order_id = orders.id WHERE status = 'paid'")
    assert (plain, joined) == ([(155,)], [(275,)])  # both run without an error


def test_one_empty_field_empties_the_answer(path):
    never = "SELECT name FROM customers WHERE id NOT IN (SELECT customer FROM orders{})"
    assert ask(path, never.format("")) == []
    assert ask(path, never.format(" WHERE customer IS NOT NULL")) == [("Chi",), ("Eva",)]


def test_one_question_has_four_answers(path):
    """How many active customers do we have? Each reading is sensible."""
    readings = {
        "account not closed": "SELECT count(*) FROM customers WHERE closed = 0",
        "ordered in October": "SELECT count(DISTINCT customer) FROM orders WHERE day LIKE '2026-10%'",
        "paid in October": "SELECT count(DISTINCT customer) FROM orders WHERE day LIKE '2026-10%' AND status = 'paid'",
        "ordered since July": "SELECT count(DISTINCT customer) FROM orders WHERE day >= '2026-07-01'",
    }
    assert [ask(path, sql)[0][0] for sql in readings.values()] == [4, 2, 1, 3]


def test_a_wrong_query_can_give_the_right_result_on_one_database(path):
    right = "SELECT count(DISTINCT customer) FROM orders WHERE status = 'paid'"
    wrong = "SELECT count(DISTINCT customer) FROM orders WHERE total < 100"
    same = "SELECT count(*) FROM (SELECT customer FROM orders WHERE status = 'paid' AND customer IS NOT NULL GROUP BY customer)"
    assert ask(path, right) == ask(path, wrong) == ask(path, same) == [(2,)]
    assert len({right, wrong, same}) == 3  # compared as text even the equivalent one would count as wrong
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO orders VALUES (6,5,'2026-11-02',300,'paid','')")
    assert ask(path, right) == ask(path, same) == [(3,)]
    assert ask(path, wrong) == [(2,)]  # a second state of the data tells them apart


def test_two_hundred_questions_leave_five_points_either_way():
    """170 of 200 right: the Wilson interval."""
    n, share, z = 200, 0.85, 1.96
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / (1 + z * z / n)
    assert (centre - half, centre + half) == pytest.approx((0.794, 0.893), abs=0.001)
