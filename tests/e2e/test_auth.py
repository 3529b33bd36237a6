# SPDX-License-Identifier: Apache-2.0
"""Who may call: no route without a token, no token but our own, and each role its routes."""
import json
import time

import pytest

from lib.jwt import claims_of, part, sign
from lib.process import run
from lib.rest import Rest
from lib.routes import every_route
from lib.server import PASSWORD, Server
from lib.wait import until

UNKNOWN = "eeeeeeee-0000-4000-8000-000000000000"
OPEN = {("POST", "/api/v1/authorize"), ("GET", "/api/v1/health"), ("GET", "/livez"), ("GET", "/readyz"),
        ("GET", "/relay/webrelay.ashx")}
ROLES = {"viewer": {"OPEN", "ANY", "DEVICE_READ", "PROFILE_READ"},
         "operator": {"OPEN", "ANY", "DEVICE_READ", "PROFILE_READ", "DEVICE_WRITE", "POWER", "REDIRECT"}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("auth") / "server").start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def keys(shared):
    return json.loads(shared.ok("secret", "get", "outband/keys"))


def call_every_route(rest):
    """{(method, path): answer}, with a GUID that nobody has."""
    out = {}
    for method, path in sorted(every_route(), key=lambda r: r[1].endswith("/logout")):	# the last one that this token does
        body = {"guid": UNKNOWN, "action": 8, "username": "x", "password": "y"} if method in ("POST", "PATCH") else None
        end = "?seconds=0" if path.endswith("/events") else ""  # else it lasts
        out[method, path] = rest.call(method, path.replace("{guid}", UNKNOWN) + end, body)
    return out


def check_refused(rest):
    for route, answer in call_every_route(rest).items():
        if route in OPEN:
            continue
        assert answer.status == 401, f"{route}: {answer}"
        assert answer.json["error"] == "Unauthorized" and answer.headers["WWW-Authenticate"].startswith("Bearer"), route


def test_open_routes_are_these_five(shared):
    assert {r for r, needs in every_route().items() if "OPEN" in needs} == OPEN
    answers = call_every_route(shared.anonymous())
    assert answers["GET", "/api/v1/health"].status == 200
    assert answers["POST", "/api/v1/authorize"].status == 401


def test_any_token_may_ask_for_the_version(shared):
    assert shared.rest().call("GET", "version").json["serviceVersion"] == "2.34.1"


def test_every_other_route_refuses_without_a_token(shared):
    check_refused(shared.anonymous())


def bad_tokens(shared, keys):
    good = shared.token()
    claims = claims_of(good)
    head, body, mac = good.split(".")
    other = part({**claims, "tenantId": "other"})
    redirection = {**claims, "deviceId": UNKNOWN, "aud": "outband:redirection", "perms": 1023}
    return {
        "empty": "",
        "garbage": "garbage",
        "three dots": "...",
        "another tenant, old signature": f"{head}.{other}.{mac}",
        "no signature": f"{head}.{body}.",
        "algorithm none": sign(claims, None, alg="none"),
        "algorithm None": sign(claims, None, alg="None"),
        "algorithm HS512 named": sign(claims, keys["login"], alg="HS512"),
        "algorithm RS256 named": sign(claims, keys["login"], alg="RS256"),
        "signed with nothing": sign(claims, ""),
        **{f"signed with {k}": sign(claims, k) for k in ("notUsed", "mpssecret", "supersecret", "secret")},
        "expired": sign({**claims, "exp": int(time.time()) - 3600}, keys["login"]),
        "without an end": sign({k: v for k, v in claims.items() if k != "exp"}, keys["login"]),
        "another issuer": sign({**claims, "iss": "somebody"}, keys["login"]),
        "another audience": sign({**claims, "aud": "outband:redirection"}, keys["login"]),
        "without an audience": sign({k: v for k, v in claims.items() if k != "aud"}, keys["login"]),
        "critical extension": sign(claims, keys["login"], crit=["x"], x=1),
        "redirection key": sign(claims, keys["redirection"]),
        "redirection token by its key": sign(redirection, keys["redirection"]),
        "redirection token by the login key": sign(redirection, keys["login"]),
        "another's claims": f"{head}.{body}.{sign({}, keys['login']).split('.')[2]}",
    }


def test_every_route_refuses_tokens_that_are_not_ours(shared, keys):
    good = shared.token()
    assert Rest(shared.rest_port, sign(claims_of(good), keys["login"])).call("GET", "devices").status == 200, \
        "a token made by hand as ours are is accepted: the others fail for their own fault"
    tokens = bad_tokens(shared, keys)
    for name, token in tokens.items():
        answer = Rest(shared.rest_port, token).call("GET", "devices")
        assert answer.status == 401, f"{name}: {answer}"
    check_refused(Rest(shared.rest_port, tokens["algorithm none"]))


@pytest.mark.parametrize("value", ["Basic YWRtaW46eA==", "Bearer", "Bearer ", "Token x", "bearer  ", "null"])
def test_other_authorization_headers_are_refused(shared, value):
    assert shared.anonymous().call("GET", "devices", headers={"Authorization": value}).status == 401


def test_a_redirection_token_is_no_rest_token(shared, new_guid):
    guid = new_guid()
    shared.import_devices(guid)
    token = shared.rest().get(f"authorize/redirection/{guid}?mode=sol")["token"]
    assert claims_of(token)["deviceId"] == guid and claims_of(token)["mode"] == "sol"
    check_refused(Rest(shared.rest_port, token))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_routes(shared, role):
    answers = call_every_route(shared.rest(role=role))
    for route, needs in every_route().items():
        if needs <= ROLES[role]:
            assert answers[route].status not in (401, 403) or route in OPEN, f"{role} {route}: {answers[route]}"
        else:
            assert answers[route].status == 403 and answers[route].json["error"] == "Forbidden", f"{role} {route}"
    # What the operator's POST made.
    shared.rest().call("DELETE", f"devices/{UNKNOWN}")


def test_admin_may_call_every_route(shared):
    for route, answer in call_every_route(shared.rest()).items():
        assert answer.status not in (401, 403) or route in OPEN, f"{route}: {answer}"
    shared.rest().call("DELETE", f"devices/{UNKNOWN}")


def test_login_accepts_the_password_only(shared):
    rest = shared.anonymous()
    good = rest.call("POST", "authorize", {"username": "Admin", "password": PASSWORD})
    assert good.status == 200 and claims_of(good.json["token"])["deviceId"] == "*", "the name's case does not matter"
    for body in ({"username": "admin", "password": PASSWORD.lower()}, {"username": "root", "password": PASSWORD},
                 {"username": "admin", "password": ["x"]}, {"username": "admin", "password": {"$ne": ""}}):
        answer = rest.call("POST", "authorize", body)
        assert answer.status == 401 and answer.json == {"message": "Incorrect Username and/or Password!"}, answer
    for body, msg in (({"username": "", "password": "x"}, "User name is required"),
                      ({"username": "admin", "password": ""}, "Password is required")):
        answer = rest.call("POST", "authorize", body)
        assert answer.status == 400 and msg in [e["msg"] for e in answer.json["errors"]]
    assert PASSWORD not in shared.process.output()


def test_guessing_passwords_is_slowed_down(make_server):
    server = make_server().start()
    rest = server.anonymous()
    seen = [rest.call("POST", "authorize", {"username": "admin", "password": f"guess{i}"}).status for i in range(20)]
    assert seen[0] == 401 and 200 not in seen
    assert seen[-1] == 429, seen
    refused = rest.call("POST", "authorize", {"username": "admin", "password": PASSWORD})
    assert refused.status != 200, "the limit is not an oracle"
    assert server.rest().get("devices") == [], "tokens go on working"


# --- no authentication at all ---

def test_mode_none_is_for_loopback(make_server, make_sim, new_guid):
    server = make_server(settings={"auth.mode": "none"}, password=None, fresh=True).start()
    rest, guid = server.anonymous(), new_guid()
    rest.post("devices", {"guid": guid, "tenantId": "any"}, expect=201)
    assert rest.device(guid)["tenantId"] == "any", "without authentication the caller names the tenant"
    assert rest.call("GET", f"devices/{guid}?tenantId=other").status == 204
    assert rest.call("POST", "authorize", {"username": "admin", "password": "x"}).status == 405


@pytest.mark.parametrize("key", ["mps.rest.listen", "rps.rest.listen", "rps.rpc.listen", "rps.assistant.listen"])
@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0"])
def test_mode_none_is_refused_elsewhere(make_server, key, listen):
    server = make_server(settings={"auth.mode": "none", key: listen}).launch()
    assert server.process.wait(30) == 1
    text = server.process.output()
    assert "auth.mode is none, which is only allowed on a loopback listener" in text and listen in text
    assert server.find("ready") is None


@pytest.mark.parametrize("secret,why", [("mpssecret", "published default"), ("short", "shorter than 16")])
def test_known_or_short_signing_secrets_are_refused(make_server, secret, why):
    server = make_server(env={"MPS_JWT_SECRET": secret}).launch()
    assert server.process.wait(30) == 1
    assert why in server.process.output() and f'"{secret}"' not in server.process.output()


def test_configured_admin_password_replaces_the_stored_one(make_server):
    server = make_server().start()
    server.stop()
    server.env["OUTBAND_ADMIN_PASSWORD"] = "another-Passw0rd"
    server.start()

    def login(password):
        return server.anonymous().call("POST", "authorize", {"username": "admin", "password": password}).status

    until(lambda: login("another-Passw0rd") == 200, 5, "the new password")
    assert login(PASSWORD) == 401


def test_the_password_is_never_in_the_process_list(shared):
    """The command line does not even take them."""
    assert PASSWORD.encode() not in open(f"/proc/{shared.process.pid}/cmdline", "rb").read()
    assert run("outband", "secret", "put", "devices/x", "MPS_PASSWORD", "value", "--data-dir", shared.data).code == 2
