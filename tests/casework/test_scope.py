"""Which accounts a case is about: by account, and by the rows of a table, the same rule."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stillwatch.casework.scope import Scope
from stillwatch.casework.sums import kept

ROWS = [("one", "a"), ("one", "b"), ("one", "c"), ("two", "d"), ("two", "e"), ("other", "f")]
TABLE = pa.table({"campaign_id": [row[0] for row in ROWS], "account_id": [row[1] for row in ROWS]})


@pytest.mark.parametrize(
    ("scope", "accounts"),
    [
        (Scope(("one",)), "abc"),
        (Scope(("one", "two")), "abcde"),
        (Scope(("one",), without=frozenset("b")), "ac"),
        (Scope((), ("one",), frozenset("b")), "b"),
        (Scope(("two",), ("one",), frozenset("b")), "bde"),
        (Scope(("one", "two"), (), frozenset("b"), frozenset("be")), "abcd"),
        (Scope(()), ""),
    ],
)
def test_rows_and_accounts_are_told_by_one_rule(scope: Scope, accounts: str) -> None:
    assert kept(TABLE, scope)["account_id"].to_pylist() == list(accounts)
    listed = [account for campaign, account in ROWS if campaign in scope.whole]
    listed += [account for campaign, account in ROWS if campaign in scope.parts and account in scope.accounts]
    assert sorted(account for account in listed if scope.may_hold(account)) == list(accounts)


def test_a_scope_is_divided_where_members_are_in_another_case() -> None:
    assert not Scope(("one", "two")).divided
    assert Scope(("one",), without=frozenset("b")).divided
    assert Scope((), ("one",), frozenset("b")).divided
    assert Scope(("two", "one"), ("one", "three")).campaigns == ("two", "one", "three")
