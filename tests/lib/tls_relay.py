# SPDX-License-Identifier: Apache-2.0
"""A plain port in front of a TLS one, for clients that have no TLS of their own, and the other way round, as a gateway is."""
import contextlib
import selectors
import socket
import ssl
import threading


def move(plain, tls):
    """Both ways until one ends. One thread for both: a TLS connection is not for two."""
    with selectors.DefaultSelector() as ready:
        ready.register(plain, selectors.EVENT_READ, (plain, tls))
        ready.register(tls, selectors.EVENT_READ, (tls, plain))
        while True:
            for key, _ in ready.select():
                source, sink = key.data
                data = source.recv(16384)
                while source is tls and tls.pending():
                    data += tls.recv(16384)
                if not data:
                    return
                sink.sendall(data)


class TlsRelay:
    """Each connection to 127.0.0.1:port becomes one over TLS to (host, to_port). The certificate is not checked:
    what is behind it is the test's own."""

    def __init__(self, host, to_port):
        self.to = (host, to_port)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.version = None  # of the last connection
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        with contextlib.suppress(OSError), plain, socket.create_connection(self.to, timeout=10) as tcp, \
                self.context.wrap_socket(tcp) as tls:
            self.version = tls.version()
            move(plain, tls)

    def close(self):
        self.listener.close()


class Gateway:
    """A TLS port, of that certificate and key, in front of a plain one."""

    def __init__(self, certificate, to_port):
        self.to = ("127.0.0.1", to_port)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                tcp, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(tcp,), daemon=True).start()

    def _serve(self, tcp):
        with contextlib.suppress(OSError), tcp, self.context.wrap_socket(tcp, server_side=True) as tls, \
                socket.create_connection(self.to, timeout=10) as plain:
            move(plain, tls)

    def close(self):
        self.listener.close()
