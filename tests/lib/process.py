# SPDX-License-Identifier: Apache-2.0
"""Our programs as processes: which build, what environment, and that no sanitizer complained."""
import os
import re
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SANITIZER = re.compile(r"(?:ERROR|FATAL): \w+Sanitizer|\w+Sanitizer has encountered|runtime error:")


# Said once by AddressSanitizer of a program with fibers; they announce their switches to it.
FIBERS = re.compile(r"^==\d+==WARNING: ASan doesn't fully support makecontext/swapcontext.*\n", re.M)
FOLDERS = {"amtsim": "sim", "rpc": "agent", "lms": "agent"}


def program(name, plain=False):
    """The sanitizers' build when there is one, unless the test measures or kills (plain)."""
    build = None if plain else os.environ.get("OUTBAND_TEST_ASAN")
    build = Path(build or os.environ.get("OUTBAND_TEST_BUILD") or ROOT / "build")
    path = build / "src" / FOLDERS.get(name, name) / name
    assert path.exists(), f"{path} is not there: build it first (make)"
    return str(path)


def environment(extra=None):
    """Little, so that settings of whoever runs the tests change nothing."""
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent",
           "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1:detect_stack_use_after_return=0",
           "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    env.update(extra or {})
    return env


def check_sanitizers(text, who):
    found = SANITIZER.search(text)
    assert not found, f"{who}: sanitizer report:\n{text[max(found.start() - 200, 0):found.start() + 6000]}"


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(name, *args, plain=False, env=None, stdin="", timeout=60, cwd="/"):
    """A command to its end."""
    p = subprocess.run([program(name, plain), *map(str, args)], input=stdin, capture_output=True, text=True,
                       errors="replace", env=environment(env), timeout=timeout, cwd=cwd)
    check_sanitizers(p.stdout + p.stderr, f"{name} {' '.join(map(str, args))}")
    return Result(p.returncode, p.stdout, FIBERS.sub("", p.stderr))


class Process:
    """One that runs on, its output in a file."""

    def __init__(self, name, args, log, env=None, plain=False, prefix=()):
        self.name, self.log = name, Path(log)
        with open(self.log, "wb") as out:
            self.popen = subprocess.Popen([*prefix, program(name, plain), *map(str, args)], stdin=subprocess.DEVNULL,
                                          stdout=out, stderr=subprocess.STDOUT, env=environment(env), cwd="/")
        self.pid = self.popen.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.popen.poll() is None

    def signal(self, sig):
        self.popen.send_signal(sig)

    def wait(self, timeout=20):
        """The exit status; one that does not end is killed, and fails the test."""
        try:
            code = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {timeout} s:\n{self.output()[-4000:]}") from None
        check_sanitizers(self.output(), self.name)
        return code

    def stop(self, timeout=20):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def check_end(self):
        """Of one that has ended by itself: crashes and reports fail, refusals to start are the test's business."""
        code = self.popen.returncode
        check_sanitizers(self.output(), self.name)
        assert code in (0, 1, 2), f"{self.name} ended with {code}:\n{self.output()[-4000:]}"

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def status_kib(self, key):
        """A figure of /proc/PID/status, such as VmRSS."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)
