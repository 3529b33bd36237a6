# SPDX-License-Identifier: Apache-2.0
"""A Mosquitto broker of a test, and a subscriber (mosquitto_sub) that writes down what it hears."""
import json
import os
import shutil
import socket
import subprocess
import threading

from lib.postgres import free_port
from lib.process import environment
from lib.wait import until

USER, PASSWORD = "outband", "br0ker-of-tests"


def binary(name):
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path, f"{name} is not installed (scripts/deps installs it)"
    return path


class Broker:
    """tls: a folder with ca.pem, cert.pem and key.pem. Then a user name and password are wanted too. persistent: its
    subscribers' sessions outlive stop()."""

    def __init__(self, folder, tls=None, persistent=False):
        self.folder, self.tls, self.port, self.popen, self.runs = folder, tls, free_port(), None, 0
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"listener {self.port} 127.0.0.1", f"persistence {str(persistent).lower()}",
                 f"persistence_location {folder}/"]
        if tls is None:
            lines.append("allow_anonymous true")
        else:
            subprocess.run([binary("mosquitto_passwd"), "-b", "-c", folder / "users", USER, PASSWORD], check=True)
            os.chmod(folder / "users", 0o644)
            lines += ["allow_anonymous false", f"password_file {folder}/users", f"cafile {tls}/ca.pem",
                      f"certfile {tls}/cert.pem", f"keyfile {tls}/key.pem"]
        if os.geteuid() == 0:
            lines.append("user root")
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def log(self):
        return (self.folder / f"broker-{self.runs}.log").read_text(errors="replace")

    def start(self):
        self.runs += 1
        with open(self.folder / f"broker-{self.runs}.log", "wb") as out:
            self.popen = subprocess.Popen([binary("mosquitto"), "-v", "-c", self.folder / "mosquitto.conf"],
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        until(lambda: "running" in self.log() or self.popen.poll() is not None, 20, "broker")
        assert self.popen.poll() is None, self.log()
        return self

    def kill(self):
        self.popen.kill()
        self.popen.wait()
        self.popen = None

    def stop(self):
        self.popen.terminate()
        self.popen.wait()
        self.popen = None

    def close(self):
        if self.popen is not None:
            self.kill()


class Subscriber:
    """session: the name of a session that the broker keeps while one of them is away."""

    def __init__(self, broker, topic, log, session=None):
        self.path = log
        args = [binary("mosquitto_sub"), "-h", "localhost" if broker.tls else "127.0.0.1", "-p", str(broker.port),
                "-q", "1", "-t", topic, "-F", "%t %q %p"]
        if session:
            args += ["-c", "-i", session]
        if broker.tls:
            args += ["--cafile", broker.tls / "ca.pem", "-u", USER, "-P", PASSWORD]
        with open(log, "wb") as out:
            self.popen = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                          env=environment())
        until(lambda: "Sending SUBACK" in broker.log() and broker.log().count("Sending SUBACK") >= 1, 20, "subscribed")

    def heard(self):
        """(topic, QoS, payload) of each message."""
        out = []
        for line in self.path.read_text().splitlines():
            topic, qos, payload = line.split(" ", 2)
            out.append((topic, int(qos), json.loads(payload)))
        return out

    def methods(self, guid=None):
        return [p["methods"][0] for _, _, p in self.heard() if guid is None or p.get("guid") == guid]

    def close(self):
        self.popen.kill()
        self.popen.wait()


class SilentBroker:
    """Lets one client in, answers its pings, and confirms what it publishes (.mids) only once confirm() was called."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mids, self.confirming, self.lock, self.sock = [], False, threading.Lock(), None
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        self.sock, _ = self.listener.accept()
        stream = self.sock.makefile("rb")
        while head := stream.read(1):
            size, shift = 0, 0
            while True:
                more = stream.read(1)[0]
                size, shift = size | (more & 0x7F) << shift, shift + 7
                if more < 0x80:
                    break
            body = stream.read(size)
            if head[0] >> 4 == 1:
                self.sock.sendall(b"\x20\x02\0\0")
            elif head[0] >> 4 == 12:
                self.sock.sendall(b"\xd0\0")
            elif head[0] >> 4 == 3:
                with self.lock:
                    at = 2 + int.from_bytes(body[:2], "big")
                    self.mids.append(body[at:at + 2])
                    if self.confirming:
                        self.sock.sendall(b"\x40\x02" + self.mids[-1])

    def confirm(self):
        with self.lock:
            self.confirming = True
            for mid in self.mids:
                self.sock.sendall(b"\x40\x02" + mid)

    def close(self):
        self.sock.close()
        self.listener.close()
