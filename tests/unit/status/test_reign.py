"""How writes are paced, ordered and tried again."""

import pytest

from ambassador.kube.errors import ApiError, KubeError, Unreachable
from ambassador.status.pace import Rate, TokenBucket
from tests.unit.status.world import Clock, World, mapping


def names(world: World) -> list[str]:
    return [body["metadata"]["name"] for _, body in world.api.applied]


def failing(world: World, *errors: KubeError, on: str = "") -> None:
    """The next requests on paths with `on` fail, one after the other."""
    left = list(errors)

    def fail(verb: str, path: str) -> None:
        if left and on in path:
            raise left.pop(0)

    world.api.fail = fail


def test_given_many_objects_then_errors_are_told_first() -> None:
    world = World(*(mapping(f"good-{number}") for number in range(5)), mapping("poison", method=5))
    world.served()
    assert names(world)[0] == "poison"
    assert len(names(world)) == 6


def test_given_a_rate_then_writes_keep_to_it_after_the_first_burst() -> None:
    world = World(*(mapping(f"web-{number}") for number in range(30)), writes=Rate(10.0, 5))
    world.acknowledge()
    world.run(0.05)
    assert world.writes == 5
    world.run(1.0)
    assert 14 <= world.writes <= 16
    world.run(2.0)
    assert world.writes == 30


def test_given_edits_in_quick_succession_then_only_the_newest_is_written_each_second() -> None:
    world = World(mapping())
    for generation in range(2, 22):
        world.change(mapping(generation=generation, prefix=f"/{generation}/"))
        world.acknowledge()
        world.run(0.1)
    world.run(2.0)
    assert world.writes <= 4
    assert world.status(mapping())["observedGeneration"] == 21


def test_given_a_thousand_objects_at_once_then_each_is_written_once() -> None:
    world = World(*(mapping(f"web-{number}", prefix=f"/{number}/") for number in range(1000)))
    world.run(0.3)
    world.acknowledge()
    world.run(60.0)
    world.echo()
    world.reign.check()
    world.run(60.0)
    assert sorted(names(world)) == sorted(f"web-{number}" for number in range(1000))
    world.change(gone=list(world.revision.config.objects))
    world.served()
    assert world.writes == 1000


@pytest.mark.parametrize(
    "error", [Unreachable("refused"), ApiError(500, "InternalError", "x"), ApiError(429, "TooManyRequests", "x", 3.0)]
)
def test_given_an_api_server_that_does_not_answer_then_the_newest_state_is_written_afterwards(
    error: KubeError,
) -> None:
    world = World(mapping())
    world.acknowledge()
    failing(world, *[error] * 4)
    world.run(2.0)
    world.change(mapping(generation=2, method=5))
    world.acknowledge()
    world.run(60.0)
    assert (world.writes, world.status(mapping())["observedGeneration"]) == (1, 2)


def test_given_an_outage_then_the_log_says_it_once_and_when_it_is_over(capfd: pytest.CaptureFixture[str]) -> None:
    world = World(mapping(), mapping("other"))
    world.acknowledge()
    failing(world, *[Unreachable("refused")] * 12)
    world.run(300.0)
    text = "".join(capfd.readouterr())
    assert world.writes == 2
    assert text.count("the API server does not take them") == 1
    assert text.count("statuses are written again") == 1


def test_given_an_object_that_the_server_fails_on_then_the_others_are_written() -> None:
    world = World(mapping("a"), mapping("b"), mapping("poison", method=5))
    world.acknowledge()
    failing(world, *[ApiError(500, "InternalError", "x")] * 1000, on="poison/status")
    world.run(20.0)
    assert sorted(names(world)) == ["a", "b"]


@pytest.mark.parametrize(("status", "reason"), [(404, "NotFound"), (422, "Invalid"), (400, "BadRequest")])
def test_given_an_answer_that_trying_again_does_not_change_then_it_is_not_tried_again(status: int, reason: str) -> None:
    world = World(mapping())
    world.acknowledge()
    failing(world, ApiError(status, reason, "no"))
    world.run(100.0)
    world.reign.check()
    world.run(100.0)
    assert len([verb for verb, path in world.api.requests if path.endswith("/status")]) == 1
    world.change(mapping(generation=2))
    world.served()
    assert world.status(mapping())["observedGeneration"] == 2


def test_given_a_conflict_then_it_is_looked_at_again() -> None:
    world = World(mapping())
    world.acknowledge()
    failing(world, ApiError(409, "Conflict", "uid"))
    world.run(3.0)
    assert world.writes == 1


def test_given_a_missing_permission_then_the_kind_waits_and_the_log_names_the_rule_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = World(mapping("a"), mapping("b"))
    world.acknowledge()
    failing(world, *[ApiError(403, "Forbidden", "no")] * 3)
    world.run(110.0)
    assert len([path for verb, path in world.api.requests if path.endswith("/status")]) <= 4
    world.run(200.0)
    assert sorted(names(world)) == ["a", "b"]
    assert "".join(capfd.readouterr()).count("grant patch on mappings/status") == 1


def test_given_a_bug_on_one_object_then_the_others_are_written(capfd: pytest.CaptureFixture[str]) -> None:
    world = World(mapping("a"), mapping("poison"), mapping("z"))
    world.observe(mapping("poison"), {"state": "Ready"})
    key = mapping("poison").key
    world.observed[key] = type(world.observed[key])("uid", 1, b"{not json", world.observed[key].resource)
    world.served()
    assert sorted(names(world)) == ["a", "z"]
    assert "a bug" in "".join(capfd.readouterr())


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(10.0, 2), clock)
    for _ in range(2):
        assert bucket.wait() == 0.0
        bucket.take()
    assert bucket.wait() == pytest.approx(0.1, abs=1e-3)
    clock.now += 0.1
    assert bucket.wait() == 0.0
    clock.now += 100.0
    for _ in range(2):
        bucket.take()
    assert bucket.wait() > 0.0


def test_metrics_count_what_was_written() -> None:
    world = World(mapping())
    world.served()
    text = world.metrics.render().decode()
    assert 'ambassador_status_writes_total{result="written"} 1.0' in text
    assert "ambassador_status_waiting 0.0" in text
