# SPDX-License-Identifier: Apache-2.0
"""docs/api/rps.yaml says what the RPS serves, takes and answers."""
import pytest

from lib.openapi import Checked, Spec
from lib.pfx import make_pfx
from lib.routes import RPS, every_route

GUID = "aaaaaaaa-0000-4000-8000-00000000000a"
NAMES = {"ciraConfigName": "example", "profileName": "example", "domainName": "example", "name": "example", "guid": GUID}


@pytest.fixture(scope="module")
def spec():
    return Spec("rps")


@pytest.fixture
def checked(server, spec):
    return Checked(server.rps_port, server.token(), f"{RPS}/", spec=spec)


def test_description_is_sound_and_has_every_route(spec):
    assert spec.faults() == []
    assert spec.compare(every_route(rps=True)) == []


def operations(spec):
    """Creations first, deletions last."""
    order = {"POST": 0, "GET": 1, "PATCH": 2, "PUT": 2, "DELETE": 3}
    return sorted(spec.operations, key=lambda o: (order[o[0]], "wirelessconfigs" in o[1] and o[0] == "DELETE"))


def test_every_answer_is_as_described(checked, server, spec, tmp_path):
    """With what the description allows and with each of its faults; no answer is outside of it, none is a 500."""
    server.ok("secret", "put", f"devices/{GUID}", stdin='{"AMT_PASSWORD": "Amt-1!"}')
    checked.post(f"{RPS}/domains", {
        "profileName": "example", "domainSuffix": "example.com", "provisioningCertStorageFormat": "raw",
        "provisioningCert": make_pfx(tmp_path / "pfx", "amt.example.com", "P@ssw0rd"),
        "provisioningCertPassword": "P@ssw0rd"}, 201)
    asked = 0
    for method, path in operations(spec):
        for request in spec.requests(method, path, **NAMES):
            if path.endswith("/events") and request.valid and "seconds=0" not in request.path:
                continue  # it lasts
            answer = checked.call(request.method, request.path, request.body)
            assert answer.status < 500, f"{request}: {answer}"
            if method == "GET" and request.valid:
                assert answer.status == 200, f"{request}: {answer}"
            asked += 1
    assert asked > 400, "requests were made from the description"


def test_first_examples_are_taken(checked, spec):
    for method, path in operations(spec):
        if method == "POST" and "domains" not in path:
            request = spec.requests(method, path)[0]
            answer = checked.call(method, request.path, request.body)
            assert answer.status == 201, f"{request}: {answer}"
