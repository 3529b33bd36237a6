# SPDX-License-Identifier: Apache-2.0
"""Certificates made for a test by the openssl program."""
import base64
import subprocess


def self_signed(folder, name, days=30, ca=True, rsa=False):
    """(PEM text, base64 of DER). days may be negative: it has expired then. P-256, or RSA of 2048 bits."""
    key, pem, der = (folder / f"{name}.{kind}" for kind in ("key", "pem", "der"))

    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, timeout=60)

    if rsa:
        openssl("genrsa", "-out", key, 2048)
    else:
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    csr = folder / f"{name}.csr"
    openssl("req", "-new", "-key", key, "-out", csr, "-subj", f"/C=US/O=Example/CN={name}")
    ext = folder / f"{name}.ext"
    ext.write_text(f"basicConstraints=CA:{'TRUE' if ca else 'FALSE'}\n")
    openssl("x509", "-req", "-in", csr, "-signkey", key, "-days", days, "-extfile", ext, "-out", pem)
    openssl("x509", "-in", pem, "-outform", "DER", "-out", der)
    return pem.read_text(), base64.b64encode(der.read_bytes()).decode()


def localhost(folder):
    """ca.pem, and cert.pem with key.pem for localhost, in the folder."""
    folder.mkdir(parents=True)

    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, timeout=60)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=authority",
            "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", folder / "key.pem",
            "-out", folder / "csr")
    (folder / "ext").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", folder / "csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
            "-CAcreateserial", "-days", 2, "-extfile", folder / "ext", "-out", folder / "cert.pem")
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder
