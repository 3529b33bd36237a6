# SPDX-License-Identifier: Apache-2.0
"""Provisioning certificates as a certificate authority gives them, by the openssl program."""
import base64
import subprocess

AMT_OID = "2.16.840.1.113741.1.2.3"


def openssl(*args, cwd):
    subprocess.run(["openssl", *map(str, args)], cwd=cwd, check=True, capture_output=True, timeout=60)


def make_pfx(folder, host, password, usage=AMT_OID):
    """Base64 of a PKCS#12 file with leaf, root and key."""
    folder.mkdir(parents=True, exist_ok=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", 3650,
            "-subj", "/CN=Test Root", cwd=folder)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", f"/CN={host}",
            cwd=folder)
    (folder / "ext").write_text(f"extendedKeyUsage=serverAuth,{usage}\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
            "-out", "leaf.pem", "-days", 365, "-extfile", "ext", cwd=folder)
    openssl("pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "root.pem", "-out", "out.pfx",
            "-passout", f"pass:{password}", cwd=folder)
    return base64.b64encode((folder / "out.pfx").read_bytes()).decode()
