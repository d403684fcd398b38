"""Addresses on Ingresses: which, on whose, and when they are taken away."""

from dataclasses import replace
from typing import Any

import pytest

from ambassador.ir.verdict import State
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.status.addresses import Address, given, of_service
from tests.unit.status.world import RESOURCES, World, written

SERVICE = ObjectKey("Service", "default", "gateway")
INGRESS = written("Ingress", "web", {"rules": []})
BALANCED = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7", "ipMode": "VIP"}, {"hostname": "lb.test"}]}}


def gateway(**spec: Any) -> Any:
    return written("Service", "gateway", spec)


def world_with(state: State, *problems: Problem, **target: Any) -> World:
    world = World(INGRESS, **({"addresses": ("192.0.2.1",)} | target))
    world.judge(INGRESS, state, *problems)
    return world


def addresses(world: World) -> Any:
    return world.status(INGRESS).get("loadBalancer", {}).get("ingress", [])


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"type": "LoadBalancer"}, BALANCED, [Address("192.0.2.7"), Address(hostname="lb.test")]),
        ({"type": "LoadBalancer", "clusterIP": "10.0.0.1"}, {}, []),
        (
            {"type": "LoadBalancer", "externalIPs": ["192.0.2.7", "192.0.2.8"]},
            BALANCED,
            [Address("192.0.2.7"), Address(hostname="lb.test"), Address("192.0.2.8")],
        ),
        ({"clusterIP": "10.0.0.1"}, {}, [Address("10.0.0.1")]),
        ({"type": "ClusterIP", "clusterIP": "None"}, {}, []),
        ({"type": "NodePort", "clusterIP": "10.0.0.1"}, {}, [Address("10.0.0.1")]),
        ({"type": "NodePort", "clusterIP": "10.0.0.1", "externalIPs": ["192.0.2.9"]}, {}, [Address("192.0.2.9")]),
        ({"type": "ExternalName", "externalName": "Gate.Test."}, {}, [Address(hostname="gate.test")]),
        ({"type": 5, "clusterIP": ["x"], "externalIPs": "x"}, {"loadBalancer": {"ingress": "x"}}, []),
        (None, {"loadBalancer": []}, []),
    ],
)
def test_addresses_are_those_of_the_service_as_ingress_nginx_tells_them(spec: Any, status: Any, expected: Any) -> None:
    assert of_service({"spec": spec}, status) == tuple(expected)


def test_given_addresses_in_a_setting_then_ips_and_names_are_told_apart_each_once() -> None:
    texts = [" 192.0.2.1", "2001:DB8::1", "gate.test", "gate.test.", ""]
    assert given(texts) == (Address("192.0.2.1"), Address("2001:db8::1"), Address(hostname="gate.test"))


@pytest.mark.parametrize("state", [State.ACCEPTED, State.PARTIAL])
def test_given_an_ingress_of_ours_then_it_gets_the_address_once_envoy_serves_it(state: State) -> None:
    world = world_with(state)
    world.run(20.0)
    assert world.writes == 0
    world.served()
    world.served()
    assert (addresses(world), world.writes) == ([{"ip": "192.0.2.1"}], 1)


def test_given_an_ingress_that_is_rejected_then_it_has_no_address_and_an_event_says_why() -> None:
    wrong = Problem(Severity.ERROR, Reason.INVALID_VALUE, "paths begin with /", INGRESS.key, ("spec", "rules", 0))
    world = world_with(State.REJECTED, wrong)
    world.served()
    assert (addresses(world), world.writes) == ([], 0)
    (event,) = world.api.events.values()
    assert event["message"] == "paths begin with / (spec.rules[0])"


def test_given_an_ingress_of_another_class_then_it_is_not_touched_whatever_it_says() -> None:
    world = world_with(State.IGNORED)
    world.observe(INGRESS, {"loadBalancer": {"ingress": [{"ip": "198.51.100.1"}]}})
    world.served()
    assert world.api.requests == []


def test_given_an_ingress_that_stops_being_ours_then_our_address_is_withdrawn_once() -> None:
    world = world_with(State.ACCEPTED)
    world.served()
    world.judge(INGRESS, State.IGNORED)
    world.served()
    world.served()
    assert (addresses(world), world.writes) == ([], 2)
    assert "status" not in world.api.applied[-1][1]


def test_given_our_address_on_an_ingress_that_left_while_nobody_led_then_a_new_leader_withdraws_it() -> None:
    world = world_with(State.ACCEPTED)
    world.served()
    world.judge(INGRESS, State.IGNORED)
    world.reign = world.elected()
    world.served()
    assert (addresses(world), world.writes) == ([], 2)


def test_given_a_service_whose_address_comes_later_then_all_ingresses_get_it() -> None:
    world = world_with(State.ACCEPTED, addresses=(), publish=SERVICE)
    world.served()
    assert world.writes == 0
    service = gateway(type="LoadBalancer")
    world.change(service)
    world.judge(INGRESS, State.ACCEPTED)
    world.served()
    assert addresses(world) == []
    world.observe(service, BALANCED)
    world.run()
    assert addresses(world) == [{"ip": "192.0.2.7"}, {"hostname": "lb.test"}]


def test_given_a_service_that_vanishes_then_addresses_stay_and_its_own_status_is_never_written() -> None:
    world = world_with(State.ACCEPTED, addresses=(), publish=SERVICE)
    service = gateway(clusterIP="10.0.0.1")
    world.change(service)
    world.judge(INGRESS, State.ACCEPTED)
    world.served()
    world.change(gone=[SERVICE])
    world.judge(INGRESS, State.ACCEPTED)
    world.served()
    assert (addresses(world), world.writes) == ([{"ip": "10.0.0.1"}], 1)
    assert {path for path, _ in world.api.applied} == {f"{RESOURCES['Ingress'].path('default', 'web')}/status"}


def test_given_an_edit_that_envoy_refuses_then_the_older_form_keeps_its_address() -> None:
    world = world_with(State.ACCEPTED)
    world.served()
    world.change(replace(INGRESS, digest="new"))
    world.judge(INGRESS, State.ACCEPTED)
    world.beside(Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, "Envoy refuses this version", INGRESS.key))
    world.served()
    assert (addresses(world), world.writes) == ([{"ip": "192.0.2.1"}], 1)
    assert len(world.api.events) == 1
