"""What event names say of domain, action and status."""

from __future__ import annotations

import pytest

from provide.foundation.emoji import das, tables


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("auth_login_success", "domain auth, action login, status success"),
        ("auth.login.success", "domain auth, action login, status success"),
        ("auth-login-success", "domain auth, action login, status success"),
        ("AUTH_LOGIN_FAILED", "domain auth, action login, status failed"),
        ("user_login", "domain user, action login"),
        ("login_failed", "action login, status failed"),
        ("auth_frobnicate_success", "domain auth, status success"),
        ("shop_login_success", "action login, status success"),
        ("order_1042_completed", "domain order, status completed"),
        ("user_login_12345", "domain user, action login"),
        ("job_start", "domain job, action start"),
        ("shop_item_success", ""),
        ("login", ""),
        ("success", ""),
        ("User login", ""),
        ("auth_login_success!", ""),
        ("auth__login", ""),
        ("auth_login_", ""),
        ("auth_login\n", ""),
        ("auth_a_b_c_d_e_login", ""),
        ("auth_login_" + "x" * 60, ""),
        ("", ""),
    ],
)
def test_read_name(event: str, expected: str) -> None:
    """Names of 2 to 6 words are read where their domain or action is known; prose is not."""
    assert expected == ", ".join(f"{part} {word}" for part, word, _emoji in das.read_name(event))


@pytest.mark.parametrize("table", [tables.DOMAINS, tables.ACTIONS, tables.STATUSES, tables.LOGGERS])
def test_tables_have_what_a_set_may_have(table: dict[str, str]) -> None:
    """The words are as they are compared, and the emoji are allowed ones."""
    from provide.foundation.emoji.sets import check_emoji

    words = [word for word in table if word != word.lower() and table is not tables.LOGGERS]

    assert ([], list(table.values())) == (words, [check_emoji(e, "e") for e in table.values()])
