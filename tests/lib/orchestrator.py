# SPDX-License-Identifier: Apache-2.0
"""What an orchestrator's client meets on its way to the MPS: one TLS port that passes /api and /relay on, and the host's
record with the states that the session managers keep in it (emf.md c, h.3)."""
import json
import re
import socket
import ssl
import threading

from lib.tls_relay import move

HOST_ID = "host-12345678"
# What the managers answer a desired state with.
ANSWERS = {"START": "AWAITING_CONSENT", "CONSENT_RECEIVED": "AWAITING_CONSENT", "REDIRECTION_RECEIVED": "START",
           "STOP": "STOP"}


class Orchestrator:
    """folder: ca.pem, cert.pem, key.pem. seen: heads of the requests that went to the MPS."""

    def __init__(self, folder, mps_port, guid, mode="ACM"):
        self.mps_port, self.seen = mps_port, []
        self.host = {"resourceId": HOST_ID, "name": "edge-1", "uuid": guid, "amtControlMode": f"AMT_CONTROL_MODE_{mode}",
                     "currentAmtState": "AMT_STATE_PROVISIONED"}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                tcp, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(tcp,), daemon=True).start()

    def _serve(self, tcp):
        try:
            with self.context.wrap_socket(tcp, server_side=True) as tls:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = tls.recv(65536)
                    if not more:
                        return
                    head += more
                if re.match(rb"\w+ /v1/projects/", head):
                    self._inventory(tls, head)
                else:
                    self._pass_on(tls, head)
        except OSError:
            pass

    def _pass_on(self, tls, head):
        self.seen.append(head.split(b"\r\n\r\n", 1)[0].decode())
        if b"Upgrade: websocket" not in head:	# one request a connection, so that each is seen
            head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection(("127.0.0.1", self.mps_port), timeout=10) as mps:
            mps.settimeout(None)
            mps.sendall(head)
            move(mps, tls)

    def _inventory(self, tls, head):
        head, body = head.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += tls.recv(65536)
        if head.startswith(b"PATCH"):
            self._manage(json.loads(body))
        answer = json.dumps(self.host).encode()
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    + f"Content-Length: {len(answer)}\r\n\r\n".encode() + answer)

    def _manage(self, patch):
        self.host.update({k: v for k, v in patch.items() if v})
        for kind in ("Kvm", "Sol"):
            desired = patch.get(f"desired{kind}State")
            if desired:	# some of the names are without _STATE
                word = re.sub(f"^{kind.upper()}_(STATE_)?", "", desired)
                self.host[f"current{kind}State"] = f"{kind.upper()}_STATE_{ANSWERS[word]}"

    def close(self):
        self.listener.close()
