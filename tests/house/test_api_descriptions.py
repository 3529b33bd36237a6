# SPDX-License-Identifier: Apache-2.0
"""docs/api/*.yaml describe exactly the routes that are served, and are sound in themselves."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from lib.openapi import Spec  # noqa: E402
from lib.routes import every_route  # noqa: E402

NAMES = sorted(p.stem for p in (ROOT / "docs" / "api").glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_the_description_is_sound(name):
    faults = Spec(name).faults()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", NAMES)
def test_the_description_has_the_routes_that_are_served(name):
    wrong = Spec(name).compare(every_route(rps=name == "rps"))
    assert not wrong, "\n".join(wrong)


def test_a_missing_and_a_strange_route_are_seen():
    spec = Spec("mps")
    routes = set(every_route())
    assert spec.compare(routes | {("GET", "/api/v1/new")}) == ["GET /api/v1/new is served but not in mps.yaml"]
    assert spec.compare(routes - {("GET", "/api/v1/devices")}) == \
        ["GET /api/v1/devices is in mps.yaml but not served"]
