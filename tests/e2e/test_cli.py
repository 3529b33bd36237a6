# SPDX-License-Identifier: Apache-2.0
"""The commands beside the server: what they print, what they refuse, and their exit codes."""
import json
import socket
import uuid

import pytest

from lib.jwt import claims_of
from lib.process import run
from lib.server import DEVICE_PASSWORD
from lib.wait import until

COMMANDS = ["serve", "demo", "migrate", "config", "token", "secret", "device", "profile"]


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def outband(data, *args, **kw):
    return run("outband", *args, "--data-dir", data, **kw)


# --- the program itself ---

def test_version_and_help():
    assert run("outband", "--version").out.startswith("outband ")
    text = run("outband", "--help")
    assert text.code == 0 and all(c in text.out for c in COMMANDS)
    for c in COMMANDS:
        r = run("outband", c, "--help")
        assert r.code == 0 and r.out.startswith(f"Usage: outband {c}") and "--data-dir" in r.out, c
        assert run("outband", c, "-h").out == r.out


@pytest.mark.parametrize("args,why", [
    ([], "Usage: outband COMMAND"), (["serv"], "unknown command serv"), (["serve", "--prot", "1"], "unknown option --prot"),
    (["serve", "now"], "unexpected argument now"), (["token", "alice"], "unexpected argument alice"),
    (["config", "--set"], "--set needs a KEY=VALUE"), (["migrate", "--json=yes"], "unknown option --json=yes"),
    (["secret", "get"], "usage: outband secret get PATH"), (["secret"], "usage: outband secret get PATH"),
    (["secret", "put", "a", "b", "hidden"], "usage: outband secret get PATH"),
    (["secret", "get", "a", "b", "c", "d"], "usage: outband secret get PATH"),
    (["device", "import"], "usage: outband device import FILE"), (["device"], "usage: outband device import FILE"),
    (["serve", "--set", "targets=mps,rsp"], "unknown target rsp")],
    ids=lambda v: " ".join(v)[:30] if isinstance(v, list) else "")
def test_wrong_usage_is_told(data, args, why):
    r = run("outband", *args, env={"OUTBAND_DATA_DIR": str(data)})
    assert r.code == (1 if "target" in why else 2) and why in r.err and r.out == "", r
    assert "hidden" not in r.err, "what may be a secret is not repeated"


# --- config ---

def rows_of(r):
    assert r.code == 0, r
    return {x["key"]: x for x in json.loads(r.out)}


def test_config_tells_values_and_origins(data):
    data.mkdir()
    (data / "outband.yaml").write_text("log.level: warn\nmps:\n  cira:\n    listen: 127.0.0.1:5000\n"
                                       "  limiter.burst: 7\nshutdown_ms: 1\n")
    rows = rows_of(outband(data, "config", "--json", "--set", "mps.limiter.burst=9",
                           env={"MPS_WEB_PORT": "3100", "OUTBAND_MPS_COMMON_NAME": "mps.example", "mps_country": "DE",
                                "MPS_COMMON_NAME": "upstream.example"}))
    file = data / "outband.yaml"
    assert (rows["mps.limiter.burst"]["value"], rows["mps.limiter.burst"]["origin"]) == (9, "--set")
    assert rows["mps.cira.listen"] == {"key": "mps.cira.listen", "value": "127.0.0.1:5000", "origin": f"file {file}:4"}
    assert rows["log.level"]["origin"] == f"file {file}:1" and rows["shutdown_ms"]["value"] == 1
    assert rows["mps.rest.listen"]["value"].endswith(":3100") and rows["mps.rest.listen"]["origin"] == "env MPS_WEB_PORT"
    assert rows["mps.common_name"]["value"] == "mps.example", "the own name beats upstream's"
    assert rows["mps.country"]["value"] == "DE"
    assert rows["secrets.url"]["origin"] == "data directory"
    assert rows["auth.tenancy"] == {"key": "auth.tenancy", "value": False, "origin": "default"}
    table = outband(data, "config").out.splitlines()
    assert table[0].split() == ["key", "value", "origin"] and len(table) == len(rows) + 1
    assert not data.joinpath("outband.db").exists(), "looking changes nothing"


def test_config_masks_secrets(data):
    env = {"MPS_VAULT_TOKEN": "hidden-1", "MPS_CONNECTION_STRING": "postgresql://u:hidden-2@h/d",
           "OUTBAND_ADMIN_PASSWORD": "hidden-3", "MPS_JWT_SECRET": "hidden-4-hidden-4-hidden"}
    for args in (["config"], ["config", "--json"]):
        r = outband(data, *args, env=env)
        assert r.code == 0 and "hidden" not in r.out + r.err and r.out.count("***") == 4


@pytest.mark.parametrize("text,why", [
    ("mps.cira.lisen: x\n", 'outband.yaml:1: unknown key "mps.cira.lisen"; the nearest known key is "mps.cira.listen"'),
    ("log:\n  levels: info\n", 'outband.yaml:2: unknown key "log.levels"; the nearest known key is "log.level"'),
    ("mps.limiter.burst: 0\n", "outband.yaml:1: mps.limiter.burst"),
    ("mps.limiter.burst: many\n", "outband.yaml:1: mps.limiter.burst"),
    ("log.level: loud\n", "outband.yaml:1: log.level"),
    ("auth.mode: [\n", "outband.yaml"),
    ("mps.rest.listen: 127.0.0.1:99999\n", "outband.yaml:1: mps.rest.listen"),
    ("log.level: info\nlog.level: warn\n", "outband.yaml:2")])
def test_config_refuses_mistakes_in_the_file(data, text, why):
    data.mkdir()
    (data / "outband.yaml").write_text(text)
    for command in ("config", "serve", "migrate"):
        r = outband(data, command)
        assert r.code == 2 and why in r.err, r


def test_config_refuses_mistakes_elsewhere(data):
    for args, env, why in (
            (["--set", "mps.cira.prot=1"], {}, 'unknown key "mps.cira.prot"'),
            (["--set", "log.level"], {}, "an assignment is key=value"),
            ([], {"OUTBAND_LOG_LEVELS": "info"}, "the nearest known name is OUTBAND_LOG_LEVEL"),
            ([], {"MPS_CIRA_WINDOW_SIZE": "1"}, "MPS_CIRA_WINDOW_SIZE"),
            (["--config", "/nonexistent/o.yaml"], {}, "/nonexistent/o.yaml")):
        r = outband(data, "config", *args, env=env)
        assert r.code == 2 and why in r.err, r


def test_sample_file_is_a_configuration(data):
    data.mkdir()
    sample = outband(data, "config", "--sample").out
    (data / "outband.yaml").write_text(sample)
    before = rows_of(outband(data, "config", "--json", "--config", "/dev/null"))
    assert rows_of(outband(data, "config", "--json")).keys() == before.keys()
    live = "".join(line[2:] if line.startswith("# ") and ": " in line and line[2].isalpha() else line
                   for line in sample.splitlines(True))
    assert all(key.split(".")[-1] in live for key in before)
    assert "***" not in sample


def test_documentation_table_has_every_setting(data):
    rows = rows_of(outband(data, "config", "--json"))
    markdown = outband(data, "config", "--markdown").out
    assert all(f"`{key}`" in markdown for key in rows)


# --- token, secret ---

def test_token_before_the_first_start(data):
    r = outband(data, "token", "--user", "ann", "--tenant", "t-1", "--role", "viewer", "--minutes", "5")
    assert r.code == 0 and "got the password" in r.err
    claims = claims_of(r.out.strip())
    assert (claims["sub"], claims["tenantId"], claims["roles"]) == ("ann", "t-1", ["viewer"])
    r = outband(data, "token", "--json")
    assert r.code == 0 and claims_of(json.loads(r.out)["token"])["sub"] == "operator"
    assert "password" not in r.err, "shown once"


@pytest.mark.parametrize("args,why", [(["--role", "king"], 'there is no role "king"'), (["--minutes", "0"], "--minutes"),
                                      (["--minutes", "x"], "--minutes"), (["--user", ""], "needs a user name")])
def test_token_refuses(data, args, why):
    r = outband(data, "token", *args)
    assert r.code == 1 and why in r.err and r.out == "", r


def test_token_is_accepted_by_the_running_server(server):
    assert server.rest(role="viewer").get("devices") == []


def test_secrets_by_hand(data):
    value = {"MPS_PASSWORD": "hidden-1", "AMT_PASSWORD": "hidden \"2\" ü"}
    assert outband(data, "secret", "put", "devices/a", stdin=json.dumps(value)).code == 0
    assert json.loads(outband(data, "secret", "get", "devices/a").out) == value
    assert outband(data, "secret", "get", "devices/a", "MPS_PASSWORD").out == "hidden-1\n"
    assert outband(data, "secret", "put", "devices/a", "MPS_PASSWORD", stdin="hidden-3\n").code == 0
    assert json.loads(outband(data, "secret", "get", "devices/a").out) == {**value, "MPS_PASSWORD": "hidden-3"}
    assert outband(data, "secret", "put", "devices/b", "X", stdin="1").code == 0
    assert outband(data, "secret", "put", "top", stdin="{}").code == 0
    assert outband(data, "secret", "list").out == "devices/\ntop\n"
    assert outband(data, "secret", "list", "devices/").out == "a\nb\n"
    assert json.loads(outband(data, "secret", "list", "devices/", "--json").out) == ["a", "b"]
    assert json.loads(outband(data, "secret", "list", "none/", "--json").out) == []
    for args, stdin, why in ((["get", "devices/none"], "", "devices/none"), (["get", "devices/a", "NONE"], "", "NONE"),
                             (["put", "x"], "[1]", "no JSON object"), (["put", "x"], "{", "no JSON object"),
                             (["put", "x", "Y"], "", "no value on standard input")):
        r = outband(data, "secret", *args, stdin=stdin)
        assert r.code == 1 and why in r.err and "hidden" not in r.err, r
    raw = b"".join(p.read_bytes() for p in data.iterdir())
    assert b"hidden" not in raw, "sealed on disk"
    assert {p.name: p.stat().st_mode & 0o777 for p in data.iterdir()} == {p.name: 0o600 for p in data.iterdir()}
    assert data.stat().st_mode & 0o777 == 0o700


def test_secrets_refuse_another_key(data):
    assert outband(data, "secret", "put", "a", stdin="{}").code == 0
    key = data / "secrets.db.key"
    good = key.read_bytes()
    # valid form, other key
    key.write_bytes(bytes(c ^ 1 if chr(c).isdigit() else c for c in good))
    r = outband(data, "secret", "get", "a")
    assert r.code == 1 and "outband: " in r.err, r
    key.unlink()
    r = outband(data, "secret", "get", "a")
    assert r.code == 1 and not key.exists(), f"no new key is made beside an old store: {r}"
    key.write_bytes(good)
    key.chmod(0o600)
    assert outband(data, "secret", "get", "a").code == 0


# --- device import, list ---

def guid(n):
    return f"cccccccc-0000-4000-8000-{n:012x}"


def test_import_reports_bad_lines_and_imports_the_rest(data, tmp_path):
    file = tmp_path / "fleet.jsonl"
    good = {"mpsusername": "admin", "mpsPassword": "hidden-1", "amtPassword": "hidden-2", "mebxPassword": "hidden-3"}
    lines = [json.dumps({"guid": guid(1), "hostname": "one", **good}),
             "{broken",
             json.dumps({"hostname": "no guid", **good}),
             "",
             json.dumps({"guid": "nonsense"}),
             json.dumps({"guid": guid(2), "tags": "not-an-array"}),
             json.dumps({"guid": guid(3), "hostname": 17}),
             "[]",
             json.dumps({"guid": guid(4).upper(), "tags": ["a", "b"], "tenantId": "t"})]
    file.write_text("\n".join(lines))
    r = outband(data, "device", "import", file)
    assert r.code == 1 and r.out == "2 created, 0 updated, 6 failed\n", r
    for n in (2, 3, 5, 6, 7, 8):
        assert f"line {n}: " in r.err, (n, r)
    assert "line 1:" not in r.err and "line 9:" not in r.err and "hidden" not in r.err + r.out
    assert "6 lines were not imported; mend them and import again" in r.err
    r = outband(data, "device", "import", file, "--json")
    assert r.code == 1 and json.loads(r.out) == {"created": 0, "updated": 2, "failed": 6}
    rows = [json.loads(line) for line in outband(data, "device", "list", "--json").out.splitlines()]
    assert [(x["guid"], x.get("hostname"), x["tenantId"], x["connectionStatus"]) for x in rows] == [
        (guid(1), "one", "", False), (guid(4), None, "t", False)]
    assert json.loads(outband(data, "secret", "get", f"devices/{guid(1)}").out) == {
        "MPS_PASSWORD": "hidden-1", "AMT_PASSWORD": "hidden-2", "MEBX_PASSWORD": "hidden-3"}
    assert [json.loads(line)["guid"] for line in outband(data, "device", "list", "--json", "--tenant", "t")
            .out.splitlines()] == [guid(4)]
    table = outband(data, "device", "list").out
    assert table.splitlines()[0].split() == ["GUID", "STATUS", "HOSTNAME", "INSTANCE", "TENANT"] and guid(1) in table


def test_import_does_not_touch_another_tenants_device(data):
    def take(**row):
        return outband(data, "device", "import", "-", stdin=json.dumps(row) + "\n")

    assert take(guid=guid(1), tenantId="a", mpsPassword="hidden-a").code == 0
    r = take(guid=guid(1), tenantId="b", mpsPassword="hidden-b")
    assert r.code == 1 and "belongs to another tenant" in r.err
    assert outband(data, "secret", "get", f"devices/{guid(1)}", "MPS_PASSWORD").out == "hidden-a\n"


def test_import_is_repeatable_and_keeps_what_it_does_not_name(server, make_sim):
    """Beside the running server, with the device connected: nothing is dropped, nothing is forgotten."""
    g = guid(7)
    server.import_devices(g, tags=["x"], friendlyName="f")
    rest = server.rest()
    make_sim(server, g)
    until(lambda: rest.connected(g), 10, "connected")
    before = rest.device(g)
    for _ in range(2):
        out = server.ok("device", "import", "-", stdin=json.dumps({"guid": g, "mpsPassword": DEVICE_PASSWORD}) + "\n")
        assert out == "0 created, 1 updated, 0 failed\n"
    after = rest.device(g)
    before.pop("lastSeen"), after.pop("lastSeen")
    assert after == before
    assert rest.get(f"amt/power/state/{g}")["powerstate"] == 2


def test_import_of_2000_rows_on_both_databases(make_server, database):
    server = make_server(db_url=database, plain=True)
    rows = "".join(json.dumps({"guid": str(uuid.UUID(int=i)), "hostname": f"h{i}", "mpsPassword": "p" * 12}) + "\n"
                   for i in range(2000))
    assert server.ok("device", "import", "-", stdin=rows, timeout=60) == "2000 created, 0 updated, 0 failed\n"
    assert len(server.ok("device", "list", "--json").splitlines()) == 2000
    assert len(server.ok("secret", "list", "devices/").splitlines()) == 2000


def test_import_of_a_file_that_is_not_there(data):
    r = outband(data, "device", "import", "/nonexistent/file")
    assert r.code == 1 and "cannot read /nonexistent/file" in r.err


# --- migrate ---

def test_migrate_is_repeatable(make_server, database):
    server = make_server(db_url=database, fresh=True)
    first = json.loads(server.ok("migrate", "--json"))
    assert first["applied"]["mps"] >= 1 and "password" not in first["database"]
    assert set(json.loads(server.ok("migrate", "--json"))["applied"].values()) == {0}
    text = server.ok("migrate")
    assert "0 migrations applied to mps" in text
    server.start()
    assert server.anonymous().get("health")["db"]["name"] == ("POSTGRES" if database else "SQLITE")
    assert server.find("schema migrated", component="mps") is None, "nothing was left for the start"


# As upstream's data/initMPS.sql makes it, and as its older releases left it.
UPSTREAM = """CREATE TABLE IF NOT EXISTS devices(
  guid uuid NOT NULL,
  tags text[],
  hostname varchar(256),
  mpsinstance text,
  connectionstatus boolean,
  mpsusername text,
  tenantid varchar(36) NOT NULL,
  {later}
  CONSTRAINT device_guid UNIQUE(guid),
  PRIMARY KEY(guid, tenantid)
);
CREATE INDEX hostname ON devices(hostname);
INSERT INTO devices(guid, tags, hostname, mpsinstance, connectionstatus, mpsusername, tenantid) VALUES
  ('4c4c4544-004b-4210-8033-b6c04f504633', '{{lab,"two words"}}', 'lab-1', '172.18.0.5', true, 'admin', ''),
  ('4c4c4544-004b-4210-8033-b6c04f504634', '{{}}', 'lab-2', NULL, false, 'admin', ''),
  ('4c4c4544-004b-4210-8033-b6c04f504635', NULL, NULL, NULL, NULL, NULL, 'other');
"""
LATER = """friendlyname varchar(256), dnssuffix varchar(256), lastconnected timestamp with time zone,
  lastseen timestamp with time zone, lastdisconnected timestamp with time zone, deviceinfo JSON,"""


@pytest.mark.parametrize("later", [LATER, ""], ids=["current", "old"])
def test_upstreams_database_is_adopted_with_its_rows(make_server, make_sim, postgres, later):
    name = postgres.new()
    postgres.sql(name, UPSTREAM.format(later=later))
    server = make_server(env={"MPS_CONNECTION_STRING": postgres.at(name)})
    assert json.loads(server.ok("migrate", "--json"))["applied"]["mps"] >= 1
    assert set(json.loads(server.ok("migrate", "--json"))["applied"].values()) == {0}
    server.start()
    rest = server.rest()
    rows = rest.get("devices")
    assert [(r["hostname"], r["tags"], r["connectionStatus"]) for r in rows] == [
        ("lab-1", ["lab", "two words"], True), ("lab-2", [], False)]
    assert rest.get("devices/stats") == {"totalCount": 2, "connectedCount": 1, "disconnectedCount": 1}
    assert [r["hostname"] for r in rest.get("devices?tags=two%20words")] == ["lab-1"]
    assert [r["guid"][-1] for r in server.rest(tenant="other").get("devices")] == ["5"]
    # Its programs go on writing: counts follow.
    postgres.sql(name, "INSERT INTO devices(guid, tags, hostname, connectionstatus, tenantid) VALUES "
                 "('4c4c4544-004b-4210-8033-b6c04f504636', '{x}', 'by-upstream', true, '');"
                 "UPDATE devices SET connectionstatus = false WHERE hostname = 'lab-1'")
    assert rest.get("devices/stats") == {"totalCount": 3, "connectedCount": 1, "disconnectedCount": 2}
    # And a device of it connects here.
    g = "4c4c4544-004b-4210-8033-b6c04f504634"
    server.import_devices(g)
    make_sim(server, g)
    until(lambda: rest.connected(g), 10, "connected")
    row = postgres.sql(name, f"SELECT connectionstatus, mpsinstance FROM devices WHERE guid = '{g}'").strip()
    assert row == "t|instance-of-test"


def test_newer_schema_is_refused(make_server, database, postgres):
    server = make_server(db_url=database)
    server.ok("migrate")
    note = "INSERT INTO ob_migrations(component, version, applied_at) VALUES ('mps', 999, 0)"
    if database:
        postgres.sql(database.rsplit("/", 1)[1], note)
    else:
        import sqlite3
        with sqlite3.connect(server.data / "outband.db") as db:
            db.execute(note)
    for command in ("migrate", "serve"):
        r = server.cli(command)
        assert r.code == 1 and "use the newer program" in r.err, r


# --- one server per place ---

def test_second_server_on_a_data_directory_is_refused(server):
    r = server.cli("serve", "--set", "mps.rest.listen=127.0.0.1:0", "--set", "mps.cira.listen=127.0.0.1:0")
    assert r.code == 1 and f"another server (pid {server.process.pid}) runs on the data directory {server.data}" in r.err, r
    assert server.anonymous().get("health")["db"]["status"] == "OK"


@pytest.mark.parametrize("key", ["mps.rest.listen", "mps.cira.listen"])
def test_port_in_use_is_told(make_server, key):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        r = make_server(settings={key: at}).cli("serve")
        assert r.code == 1 and f"cannot listen on {at}: another program uses it" in r.err, r


def test_second_server_on_the_same_ports_leaves_the_first_alone(make_server, make_sim, new_guid):
    """Another data directory, the same database and ports: it must not take the first one's devices."""
    g = new_guid()
    first = make_server().start()
    first.import_devices(g)
    rest = first.rest()
    make_sim(first, g)
    until(lambda: rest.connected(g), 10, "connected")
    second = make_server(settings={**first.settings, "db.url": f"sqlite:{first.data}/outband.db"})
    r = second.cli("serve")
    assert r.code == 1 and "another program uses it" in r.err, r
    assert rest.connected(g) and rest.device(g)["lastDisconnected"] is None


@pytest.mark.parametrize("url,why", [
    ("postgresql://pg:hidden@127.0.0.1:1/none", "127.0.0.1"), ("mysql://x", "neither sqlite:/path nor postgresql:"),
    ("sqlite:/nonexistent/dir/x.db", "/nonexistent/dir/x.db")])
def test_database_that_cannot_be_had_is_told(make_server, url, why):
    r = make_server(db_url=url).cli("serve", timeout=90)
    assert r.code == 1 and why in r.err and "hidden" not in r.err + r.out, r


def test_an_mps_that_has_no_address_is_told(make_server):
    r = make_server(settings={"rps.mps.url": "mps.example.com:3000"}).cli("serve")
    assert r.code == 1 and "rps.mps.url must begin with http:// or https://" in r.err, r


def test_data_directory_that_cannot_be_had_is_told(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    r = run("outband", "serve", "--data-dir", file / "x")
    assert r.code == 1 and "cannot make the data directory" in r.err, r


def test_signals_end_the_server_cleanly(make_server):
    import signal
    server = make_server().start()
    server.process.signal(signal.SIGINT)
    assert server.process.wait(20) == 0
    assert server.find("stopping")
    server.process = None


