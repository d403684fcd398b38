"""The setting of host shards: off by default, else a power of two."""

import pytest

from ambassador.errors import UsageError
from ambassador.settings import Settings, from_environment, to_environment

NAME = "AMBASSADOR_HOST_SHARDS"


@pytest.mark.parametrize(("text", "shards"), [("", 0), ("0", 0), ("2", 2), (" 64 ", 64), ("256", 256)])
def test_given_a_power_of_two_then_it_is_taken_and_handed_on(text: str, shards: int) -> None:
    settings = from_environment({NAME: text})
    assert settings.host_shards == shards
    assert to_environment(settings)[NAME] == str(shards)


def test_given_nothing_then_tables_stay_whole() -> None:
    assert Settings().host_shards == from_environment({}).host_shards == 0


@pytest.mark.parametrize("text", ["1", "3", "-2", "512", "many", "2.0", "٢"])
def test_given_anything_else_then_the_way_out_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="must be 0 .off. or a power of two from 2 to 256"):
        from_environment({NAME: text})
