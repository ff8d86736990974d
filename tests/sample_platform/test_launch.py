import json
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from sample_platform import Ports, SampleFailed, started


def gone(pids):
    return all(not psutil.pid_exists(pid) for pid in pids)


def family(pid):
    parent = psutil.Process(pid)
    return [pid, *(child.pid for child in parent.children(recursive=True))]


def test_a_platform_of_its_own_stops_when_told_leaves_no_process_and_starts_again(tmp_path, connect):
    command = [sys.executable, "-m", "sample_platform", "--state", tmp_path, "--free-ports"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    addresses = json.loads(process.stdout.readline())
    authority = (tmp_path / "ca.pem").read_bytes()
    pids = family(addresses["pid"])
    assert len(pids) >= 3  # itself, PostgreSQL, the cache
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()
    assert gone(pids)

    with started(state=tmp_path) as sample:
        pids = family(sample.addresses.pid)
        with connect(sample.addresses) as client:
            assert client.get("/health/ready").status_code == 200
        with pytest.raises(SampleFailed, match="is in use by another sample platform"), started(state=tmp_path):
            pass
        assert (tmp_path / "ca.pem").read_bytes() == authority
    assert gone(pids)


def test_two_platforms_share_servers_and_nothing_else(start, connect, shared, tmp_path):
    with start() as one, started(state=tmp_path / "other", services=shared) as two:
        assert one.addresses.postgres != two.addresses.postgres
        assert one.addresses.redis != two.addresses.redis
        for sample in (one, two):
            with connect(sample.addresses) as client:
                assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("api", socket.SOCK_STREAM),
        ("staging", socket.SOCK_STREAM),
        ("plain", socket.SOCK_STREAM),
        ("dns_1", socket.SOCK_DGRAM),
        ("dns_2", socket.SOCK_STREAM),
    ],
)
def test_a_taken_port_is_named(shared, tmp_path, what, kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        ports = Ports(**{**vars(Ports.free()), what: port})
        refused = pytest.raises(SampleFailed, match=f"port {port} for .* cannot be used: Address already in use")
        with refused, started(state=tmp_path, services=shared, ports=ports):
            pass


def test_a_platform_ends_when_the_block_raises(shared, tmp_path):
    with pytest.raises(ZeroDivisionError), started(state=tmp_path, services=shared) as sample:
        pid = sample.addresses.pid
        raise ZeroDivisionError
    assert gone([pid])


def test_stopping_twice_is_harmless(start):
    with start() as sample:
        sample.stop()
        sample.stop()
    assert gone([sample.addresses.pid])


def test_an_unknown_defect_is_one_line_on_standard_error(tmp_path):
    command = [sys.executable, "-m", "sample_platform", "--state", tmp_path, "--defect", "no-csp"]
    ended = subprocess.run([*command, "--defect", "csp-unsafe-inline"], capture_output=True, text=True, env=os.environ)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.strip().count("\n") == 0
    assert "break the same behaviour" in ended.stderr
