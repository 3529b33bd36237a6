# SPDX-License-Identifier: Apache-2.0
"""Every route that reads from a device, while the device goes wrong: a clear status within seconds, never a 200."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.openapi import Spec

SPEC = Spec("mps")
READS = sorted(path for method, path in SPEC.operations
               if method == "GET" and path.startswith("/api/v1/amt/") and "{guid}" in path)


def ask_all(site, device, at_once=len(READS)):
    """{path: answer}"""
    def ask(path):
        return site.rest.call("GET", path.replace("{guid}", device.guid).replace("{call}", "AMTGeneralSettings"))

    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip(READS, pool.map(ask, READS)))


@pytest.fixture
def device(site):
    """One of its own: lists that were cut off keep firmware busy for a while."""
    return site.full("acm")


@pytest.mark.parametrize("fault, statuses, error", [
    ("stall", {504}, "Timeout Error"),
    ("wrong-length", {500, 503}, None),
    ("wrong-digest", {500}, "Internal Server Error"),
    ("reset", {404, 500, 503}, None),
])
def test_a_device_that_goes_wrong(site, device, fault, statuses, error):
    device.control("fault", fault)
    try:
        for path, answer in ask_all(site, device).items():
            assert answer.status in statuses, f"{path} under {fault}: {answer}"
            assert error is None or answer.json["error"] == error, f"{path} under {fault}: {answer}"
            assert answer.json["errorDescription"], path
    finally:
        device.control("clear-faults")
    after = site.rest.call("GET", f"amt/generalSettings/{device.guid}")
    assert after.status == 200, f"it goes on when it is right again: {after}"
    state = site.rest.call("GET", f"amt/power/state/{device.guid}")
    assert state.status in (200, 503), f"lists may have to wait until it forgot the ones that were cut off: {state}"


def test_every_route_reads_when_the_device_is_right(site, device):
    for path, answer in ask_all(site, device, at_once=2).items():
        assert answer.status == 200 or "userConsentCode" in path and answer.status == 400, f"{path}: {answer}"


def test_a_device_that_is_unplugged_is_gone(site, device):
    device.control("network", "down")
    try:
        for path, answer in ask_all(site, device).items():
            assert answer.status in (404, 504), f"{path}: {answer}"
    finally:
        device.control("network", "up")
