# SPDX-License-Identifier: Apache-2.0
"""Certificates for activation, made by the openssl program: a root, an issuer, a leaf with Intel's usage."""
import base64
import hashlib
import subprocess

PFX_PASSWORD = "Pfx-P@ss1"


def _openssl(folder, *args):
    p = subprocess.run(["openssl", *args], cwd=folder, capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    return p


class ActivationCert:
    """pfx: base64 of the PKCS#12 file; root_sha256: hex, as devices trust it."""

    def __init__(self, folder, cn="rps.corp.example.com"):
        folder.mkdir(exist_ok=True)
        extensions = {"root": "basicConstraints=critical,CA:TRUE\n", "issuer": "basicConstraints=critical,CA:TRUE\n",
                      "leaf": "extendedKeyUsage=serverAuth,2.16.840.1.113741.1.2.3\n"}
        names = {"root": "Test Root", "issuer": "Test Issuer", "leaf": cn}
        signer = None
        for part in ("root", "issuer", "leaf"):
            (folder / f"{part}.ext").write_text(extensions[part])
            _openssl(folder, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{part}.key", "-out",
                     f"{part}.csr", "-subj", f"/CN={names[part]}")
            by = ["-signkey", "root.key"] if signer is None else ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key",
                                                                  "-CAcreateserial"]
            _openssl(folder, "x509", "-req", "-in", f"{part}.csr", *by, "-days", "30", "-sha256", "-extfile",
                     f"{part}.ext", "-out", f"{part}.pem")
            signer = part
        (folder / "chain.pem").write_text((folder / "issuer.pem").read_text() + (folder / "root.pem").read_text())
        _openssl(folder, "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "chain.pem",
                 "-passout", f"pass:{PFX_PASSWORD}", "-out", "leaf.pfx")
        self.pfx = base64.b64encode((folder / "leaf.pfx").read_bytes()).decode()
        _openssl(folder, "x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
        self.root_sha256 = hashlib.sha256((folder / "root.der").read_bytes()).hexdigest()
