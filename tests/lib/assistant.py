# SPDX-License-Identifier: Apache-2.0
"""An Enterprise Assistant that a server asks: connects as upstream's does and answers as it does (rps.md 7.9), with an
authority in a folder (ca.pem, ca.key). And what a server's profiles and a device must be like with any assistant."""
import base64
import json
import threading

from lib.console import null_signed, sign
from lib.rpc import openssl
from lib.websocket import TEXT, Closed, WebSocket

USER, PASSWORD = "DESK7$", "P3ap-s3cret&<>"
AMT = "Amt-pass-1!"


def make_authority(folder):
    folder.mkdir(exist_ok=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
            "/CN=Enterprise Root", "-days", "5", cwd=folder)
    return folder


def login(token):
    return ",".join(base64.b64encode(s.encode()).decode() for s in ("ea", token))


class Satellite:
    """Answers until it is closed. Its questions are in asked: (subaction, authProtocol, devname)."""

    def __init__(self, server, folder, tenant="", port=None):
        self.folder, self.asked = folder, []
        header = "x-meshauth: " + login(server.token(role="assistant", user="ea", tenant=tenant))
        self.ws = WebSocket("127.0.0.1", port or server.assistant_port, "/ea", headers=[header], timeout=120)
        self.say({"action": "satellite", "setFlags": 3})
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def say(self, message):
        self.ws.send(json.dumps(message).encode(), TEXT)

    def run(self):
        try:
            while True:
                message = json.loads(self.ws.recv()[1])
                self.asked.append((message["subaction"], message["authProtocol"], message["devname"]))
                self.say(self.answer(message))
        except (Closed, OSError, ValueError):
            pass

    def answer(self, message):
        if message["subaction"] == "802.1x-KeyPair-Response":
            csr = base64.b64encode(null_signed(base64.b64decode(message["DERKey"]))).decode()
            return {**message, "subaction": "CSR-Request", "response": {"csr": csr}}
        root = "".join(line for line in (self.folder / "ca.pem").read_text().splitlines() if "-----" not in line)
        response = {"username": USER, "domain": "corp.example.com", "rootcert": root}
        if message["subaction"] == "802.1x-CSR-Response":
            response["certificate"] = sign(self.folder, message["signedcsr"])
        elif message["authProtocol"] == 0:
            return message
        else:
            response["password"] = PASSWORD
        return {**message, "subaction": "Profile-Completed", "response": response}

    def close(self):
        self.ws.close()
        self.thread.join(10)


def make_profiles(server):
    rps = server.rps()
    for name, protocol, wired in (("lantls", 0, True), ("lanpeap", 2, True), ("airtls", 0, False)):
        rps.post("ieee8021xconfigs", {"profileName": name, "authenticationProtocol": protocol, "pxeTimeout": 60,
                                      "wiredInterface": wired}, 201)
    rps.post("wirelessconfigs", {"profileName": "office", "authenticationMethod": 7, "encryptionMethod": 4, "ssid": "corp",
                                 "ieee8021xProfileName": "airtls"}, 201)
    common = {"activation": "ccmactivate", "amtPassword": AMT, "generateRandomPassword": False, "dhcpEnabled": True}
    for name, more in (("tls", {"ieee8021xProfileName": "lantls", "tlsMode": 1, "tlsSigningAuthority": "MicrosoftCA",
                                "wifiConfigs": [{"priority": 1, "profileName": "office"}]}),
                       ("peap", {"ieee8021xProfileName": "lanpeap"})):
        rps.post("profiles", {"profileName": name, **common, **more}, 201)


def activate(port, device, profile, password=None):
    password = ("-password", password) if password else ()
    return device.rpc("activate", "-u", f"ws://127.0.0.1:{port}/activate", "-profile", profile, "-strict", *password)


def check_device(server, device, user, password):
    """Everything that an assistant gives: by certificate first, then by password. user: a part of its name."""
    r = activate(server.rpc_port, device, "tls")
    assert r.code == 0 and "TLS: Configured" in r.err, r
    wired, = device.stored("IPS_IEEE8021xSettings")
    assert wired["Enabled"] == 2 and wired["AuthenticationProtocol"] == 0 and user in wired["Username"], wired
    air, = device.stored("CIM_IEEE8021xSettings")
    assert air["AuthenticationProtocol"] == 0 and user in air["Username"], air
    certificates = device.stored("AMT_PublicKeyCertificate")
    issued = [c for c in certificates if "Enterprise Root" in c["Issuer"] and not c["TrustedRootCertficate"]]
    assert len(issued) == 3 and len(device.stored("AMT_PublicPrivateKeyPair")) == 3, certificates
    assert device.saved()["tls_network"]["enabled"]
    r = activate(server.rpc_port, device, "peap", AMT)
    assert r.code == 0, r
    wired, = device.stored("IPS_IEEE8021xSettings")
    assert wired["AuthenticationProtocol"] == 2 and user in wired["Username"] and wired["Password"] == password, wired
    assert device.stored("CIM_IEEE8021xSettings") == [] and device.stored("AMT_PublicPrivateKeyPair") == []
    assert not device.saved()["tls_network"]["enabled"]
