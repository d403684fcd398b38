from __future__ import annotations

from pathlib import Path

import pytest

from diag.settings import Settings, SettingsError, from_environment


def test_given_an_empty_environment_then_the_defaults_of_the_contract_hold() -> None:
    assert from_environment({}) == Settings(Path("/run/ambassador"), 8877, 8001, 8006, False, False)


def test_given_every_variable_then_each_is_taken() -> None:
    environ = {
        "AMBASSADOR_STATE_DIR": "/tmp/x",
        "AMBASSADOR_DIAG_PORT": "1",
        "AMBASSADOR_ADMIN_PORT": "2",
        "AMBASSADOR_READY_PORT": "3",
        "AMBASSADOR_DIAG_ALLOW_NON_LOCAL": "True",
        "AMBASSADOR_DEMO": "true",
    }
    assert from_environment(environ) == Settings(Path("/tmp/x"), 1, 2, 3, True, True)


def test_given_the_old_name_of_the_port_then_it_counts_until_the_new_one_is_set() -> None:
    old = {"AMBASSADOR_HEALTHCHECK_BIND_PORT": "9000"}
    assert from_environment(old).diag_port == 9000
    assert from_environment({**old, "AMBASSADOR_DIAG_PORT": "9001"}).diag_port == 9001


@pytest.mark.parametrize("text", ["x", "-1", "65536", "٣", "1.5"])
def test_given_a_port_that_is_none_then_one_line_names_the_variable(text: str) -> None:
    with pytest.raises(SettingsError, match="AMBASSADOR_ADMIN_PORT must be a port"):
        from_environment({"AMBASSADOR_ADMIN_PORT": text})
