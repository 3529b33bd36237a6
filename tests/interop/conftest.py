# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests against other people's programs. Those are never built or fetched here: a test
takes a ready one from the environment and is skipped, saying what it misses, without it."""
import os
import subprocess
import uuid
from urllib.parse import urlsplit, urlunsplit

import pytest

from lib.postgres import Postgres
from lib.server import Server


@pytest.fixture
def peer():
    """peer("OUTBAND_PEER_X", ...): the variables' values; skips when one is missing."""
    def values(*names):
        missing = [n for n in names if not os.environ.get(n)]
        if missing:
            pytest.skip(f"no peer to test with: {', '.join(missing)} not set")
        return [os.environ[n] for n in names]

    return values


@pytest.fixture(scope="session")
def postgres_url():
    """Of a server's database in which others may be made."""
    given = os.environ.get("OUTBAND_TEST_PG_ADMIN")
    if given:
        yield given
        return
    with Postgres() as pg:
        yield pg.url("postgres")


@pytest.fixture
def new_guid():
    return lambda: str(uuid.uuid4())


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """URL of an empty database, None for the data directory's own file."""
    if request.param == "sqlite":
        return None
    admin = request.getfixturevalue("postgres_url")
    name = "interop_" + uuid.uuid4().hex[:16]
    subprocess.run(["psql", admin, "-v", "ON_ERROR_STOP=1", "-qAtX", "-c", f'CREATE DATABASE "{name}"'], check=True,
                   timeout=60)
    return urlunsplit(urlsplit(admin)._replace(path="/" + name))


@pytest.fixture
def make_server(tmp_path):
    """make_server(...) as lib.server.Server; not started, ends with the test."""
    made = []

    def new(**kw):
        made.append(Server(tmp_path / f"server{len(made)}", **kw))
        return made[-1]

    yield new
    for server in made:
        server.close()
