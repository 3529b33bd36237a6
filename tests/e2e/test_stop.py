# SPDX-License-Identifier: Apache-2.0
"""Stopping while devices are connected and calls to them get no answer."""
import signal
import threading

from lib import apf
from lib.server import DEVICE_PASSWORD
from lib.wait import until


def test_stop_with_calls_in_flight_is_clean(make_server, new_guid):
    server = make_server(settings={"shutdown_ms": 300}).start()
    guids = [new_guid() for _ in range(3)]
    server.import_devices(*guids)
    rest = server.rest()
    devices = [apf.Cira(server.cira_port) for _ in guids]
    for device, guid in zip(devices, guids):
        assert device.login(guid, "admin", DEVICE_PASSWORD)
        device.forward()
    answers = []
    calls = [threading.Thread(target=lambda g=g: answers.append(rest.call("GET", f"amt/power/state/{g}").status))
             for g in guids]
    for call in calls:
        call.start()
    for device in devices:  # the calls have reached their devices, which never answer
        until(lambda d=device: d.receive()[0] == apf.CHANNEL_OPEN, 10, "a channel is asked for")
    server.process.popen.send_signal(signal.SIGTERM)
    assert server.process.popen.wait(20) == 0, server.process.output()[-4000:]
    for call in calls:
        call.join()
    assert answers == [503] * 3
    assert [d.drain(5)[-1] for d in devices] == [(apf.DISCONNECT, (11,))] * 3
    assert not [x for x in server.lines() if "did not close" in x.get("msg", "")]
