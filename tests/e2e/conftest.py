# SPDX-License-Identifier: Apache-2.0
"""Fixtures: databases, servers and devices that end with their test, whatever became of it."""
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lib.amtterm import Console  # noqa: E402
from lib.full import Full  # noqa: E402
from lib.openapi import Checked, Spec  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.sim import FullSim, Sim  # noqa: E402

TEST_SECONDS = 120
DATABASES = ["sqlite", "postgres"]


@pytest.fixture(autouse=True)
def bounded_in_time():
    def late(*_):
        raise TimeoutError(f"the test took more than {TEST_SECONDS} s")

    old = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, TEST_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


class Admin:
    """A PostgreSQL in which databases may be made."""

    def __init__(self, url):
        self.url = url

    def at(self, name):
        return urlunsplit(urlsplit(self.url)._replace(path="/" + name))

    def sql(self, name, text):
        p = subprocess.run(["psql", self.at(name), "-v", "ON_ERROR_STOP=1", "-AtX"], input=text, capture_output=True,
                           text=True, timeout=60)
        assert p.returncode == 0, p.stderr
        return p.stdout

    def new(self):
        name = "e2e_" + uuid.uuid4().hex[:16]
        self.sql("postgres", f'CREATE DATABASE "{name}"')
        return name


@pytest.fixture(scope="session")
def postgres():
    given = os.environ.get("OUTBAND_TEST_PG_ADMIN")
    if given:
        yield Admin(given)
        return
    with Postgres() as pg:
        yield Admin(pg.url("postgres"))


@pytest.fixture
def new_database(request):
    """new_database("sqlite" | "postgres"): a URL, None for the data directory's own file."""
    def new(kind):
        if kind == "sqlite":
            return None
        pg = request.getfixturevalue("postgres")
        return pg.at(pg.new())

    return new


@pytest.fixture(params=DATABASES)
def database(request, new_database):
    """The test runs once on each kind."""
    return new_database(request.param)


def factory(make):
    """Things that a test makes: the later ones end first, all of them do, the first error counts."""
    made, errors = [], []

    def new(*args, **kw):
        thing = make(len(made), *args, **kw)
        made.append(thing)
        return thing

    yield new
    for thing in reversed(made):
        try:
            thing.close()
        except Exception as e:  # the others must end too
            errors.append(e)
    if errors:
        raise errors[0]


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The data directory of a server after its first start and end."""
    server = Server(tmp_path_factory.mktemp("template") / "server", plain=True).start()
    server.stop()
    return server.data


@pytest.fixture
def make_server(tmp_path, template):
    """make_server(...) as lib.server.Server; not started. fresh: its first start, with nothing there yet."""
    def make(i, fresh=False, **kw):
        return Server(tmp_path / f"server{i}", template=None if fresh else template, **kw)

    yield from factory(make)


@pytest.fixture
def make_sim(tmp_path, make_server):
    """make_sim(server, guid, ...) as lib.sim.Sim; running."""
    yield from factory(lambda i, server, guid, **kw: Sim(server, guid, tmp_path / f"amtsim-{i}.log", **kw))


@pytest.fixture
def full_device(tmp_path):
    """full_device(state, *options) as lib.sim.FullSim; ready."""
    yield from factory(lambda i, state, *options, **kw: FullSim(state, tmp_path / f"device{i}", *options, **kw))


@pytest.fixture
def console():
    """console(host, port) as lib.amtterm.Console."""
    if shutil.which("amtterm") is None:
        pytest.skip("amtterm is not installed (scripts/deps installs it)")
    yield from factory(lambda i, *args, **kw: Console(*args, **kw))


@pytest.fixture
def server(make_server):
    """The usual one: SQLite, sealed secrets, running."""
    return make_server().start()


@pytest.fixture
def new_guid():
    return lambda: str(uuid.uuid4())


@pytest.fixture
def many_descriptors():
    """As many as may be had."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def sources():
    """Source addresses in turn: one gives 28,000 ports only."""
    return itertools.cycle([f"127.0.0.{n}" for n in range(2, 12)])


class Site:
    """A server with a full device in each control mode, shared by the tests of one file: each puts back what it
    changed."""

    def __init__(self, folder, template):
        self.folder, self.things = folder, []
        self.server = Server(folder / "server", template=template,
                             settings={"mps.limiter.burst": 1000, "mps.limiter.per_second": 1000})
        self.things.append(self.server)

    def start(self):
        self.server.start()
        self.rest = Checked(self.server.rest_port, self.server.token(), spec=Spec("mps"))	# every answer is as described
        self.acm, self.ccm = self.full("acm"), self.full("ccm")
        return self

    def full(self, state, **kw):
        device = Full(self.folder / f"device{len(self.things)}", str(uuid.uuid4()), state, **kw)
        self.things.append(device)
        device.join(self.server)
        return device

    def close(self):
        for thing in reversed(self.things):
            thing.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, template):
    site = Site(tmp_path_factory.mktemp("site"), template)
    try:
        yield site.start()
    finally:
        site.close()
