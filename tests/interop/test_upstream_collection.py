# SPDX-License-Identifier: Apache-2.0
"""The API collections that device-management-toolkit/mps tests its own server with, run against ours.

OUTBAND_PEER_MPS_COLLECTIONS  folder with the collections, their environment and data
OUTBAND_PEER_NEWMAN           the program that runs them
"""
import pytest

from lib.newman import Newman

USER, PASSWORD = "standalone", "G@ppm0ym"	# as the collections have them



@pytest.fixture
def newman(peer, make_server, database, tmp_path):
    folder, program = peer("OUTBAND_PEER_MPS_COLLECTIONS", "OUTBAND_PEER_NEWMAN")
    server = make_server(db_url=database, password=PASSWORD,
                         settings={"auth.mode": "none", "auth.admin.user": USER}).start()
    return Newman(program, folder, "MPS.postman_environment.json", {"host": f"127.0.0.1:{server.rest_port}"},
                  tmp_path / "report.json")


def test_collections_pass(newman):
    results = newman.run("MPS.postman_collection.json")
    assert len(results) >= 86
    failed = [f"{name}: {'; '.join(errors)}" for name, errors in results if errors]
    assert not failed, "\n".join(failed)

    results = newman.run("mps_security_api_test_postman_collection.json", data="data/mps_security_api_test_data.json")
    assert len(results) >= 8
    assert not [errors for _, errors in results if errors], results
