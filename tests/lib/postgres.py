# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL for the tests: own data directory, loopback port, stopped at the end.
initdb refuses root, so as root it runs as the user postgres that the package made."""
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    def __init__(self, fsync=True):
        bins = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not bins:
            raise RuntimeError("no PostgreSQL found: make deps installs it")
        self.bin = Path(bins[-1])
        self.dir = Path(tempfile.mkdtemp(prefix="outband-pg-"))
        self.port = free_port()
        self.fsync = fsync
        self.proc = None

    def _as_user(self, cmd):
        return ["runuser", "-u", "postgres", "--", *cmd] if os.geteuid() == 0 else cmd

    def _run(self, *cmd):
        p = subprocess.run(self._as_user([str(c) for c in cmd]), capture_output=True, text=True, cwd="/")
        if p.returncode:
            raise RuntimeError(f"{cmd[0]}: {p.stderr}")
        return p.stdout

    def start(self):
        # 'pg' user with trust on loopback only; the directory is private
        self.proc = subprocess.Popen(
            self._as_user([str(self.bin / "postgres"), "-D", str(self.dir / "data"), "-p", str(self.port),
                           "-c", "listen_addresses=127.0.0.1", "-k", str(self.dir),
                           "-c", f"fsync={'on' if self.fsync else 'off'}", "-c", "max_connections=200"]),
            stdout=open(self.dir / "log", "ab"), stderr=subprocess.STDOUT, cwd="/", start_new_session=True)
        for _ in range(300):
            if subprocess.run([str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
                              ).returncode == 0:
                return
            if self.proc.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start: " + (self.dir / "log").read_text()[-2000:])

    def stop(self):
        if self.proc and self.proc.poll() is None:
            pid = int((self.dir / "data/postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGINT)
            try:
                self.proc.wait(30)
            except subprocess.TimeoutExpired:
                os.kill(pid, signal.SIGQUIT)
                self.proc.wait(30)
        self.proc = None

    def __enter__(self):
        os.chmod(self.dir, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres")
        self._run(self.bin / "initdb", "-D", self.dir / "data", "-U", "pg", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def url(self, db):
        return f"postgresql://pg@127.0.0.1:{self.port}/{db}"

    def sql(self, db, text):
        return self._run(self.bin / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "pg", "-d", db,
                         "-v", "ON_ERROR_STOP=1", "-Atc", text)

    def database(self, name):
        """A new, empty database of that name."""
        name = name.lower()[:60]
        self._run(self.bin / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "pg", "-d", "postgres",
                  "-v", "ON_ERROR_STOP=1", "-c", f'DROP DATABASE IF EXISTS "{name}"',
                  "-c", f'CREATE DATABASE "{name}"')
        return self.url(name)
