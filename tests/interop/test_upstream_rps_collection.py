# SPDX-License-Identifier: Apache-2.0
"""The API collections that device-management-toolkit/rps tests its own server with, run against ours.

OUTBAND_PEER_RPS_COLLECTIONS  folder with the collections, their environment and data
OUTBAND_PEER_NEWMAN           the program that runs them
OUTBAND_PEER_VAULT            http://HOST:PORT of a Vault or OpenBao with a KV version 2 engine at secret/, which one
                              request reads itself; without it that one is left out
OUTBAND_PEER_VAULT_TOKEN      a token that may do everything there
"""
import os
from urllib.parse import urlsplit

import pytest

from lib.newman import Newman
from lib.rest import Rest

READS_VAULT = "Profiles/Check Certificate in Vault"
SETTINGS = {"auth.mode": "none", "targets": "rps"}


def settings_with_vault():
    address = os.environ["OUTBAND_PEER_VAULT"]
    return {**SETTINGS, "secrets.url": "vault+" + address, "secrets.vault.path": "secret/data/",
            "secrets.vault.token": os.environ["OUTBAND_PEER_VAULT_TOKEN"]}


@pytest.fixture(params=["embedded", "vault"])
def newman(request, peer, make_server, database, tmp_path):
    folder, program = peer("OUTBAND_PEER_RPS_COLLECTIONS", "OUTBAND_PEER_NEWMAN")
    variables = {}
    if request.param == "vault":
        address, token = peer("OUTBAND_PEER_VAULT", "OUTBAND_PEER_VAULT_TOKEN")
        parts = urlsplit(address)
        variables = {"vaultHost": parts.netloc, "vaultToken": token}
        rest = Rest(parts.port, host=parts.hostname)
        # Our token keys, which other servers on this Vault do not know.
        request.addfinalizer(lambda: rest.call("DELETE", "/v1/secret/metadata/outband/keys", None,
                                               {"X-Vault-Token": token}))
    server = make_server(db_url=database, settings=settings_with_vault() if variables else SETTINGS).start()
    variables["host"] = f"127.0.0.1:{server.rps_port}"
    return Newman(program, folder, "rps.postman_environment.json", variables, tmp_path / "report.json"), \
        {READS_VAULT} if request.param == "embedded" else set()


def test_collections_pass(newman):
    newman, left_out = newman
    results = newman.run("rps.postman_collection.json")
    assert len(results) >= 259, f"{len(results)} requests"
    failed = [f"{name}: {'; '.join(errors)}" for name, errors in results if errors and name not in left_out]
    assert not failed, "\n".join(failed)

    results = newman.run("rps_security_api_test.postman_collection.json", data="data/rps_security_api_test.data.json")
    failed = [f"{name}: {'; '.join(errors)}" for name, errors in results if errors]
    assert len(results) > 0 and not failed, "\n".join(failed)
