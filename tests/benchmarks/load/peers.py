"""Peers: other load generators, each told to send 1000 requests a second, or the closest that it can be told.

None of them is a dependency: who is not on the PATH is left out.
"""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from readiness.artefacts.locust import locust as locust_stats

from .core import GENERATOR, core
from .truth import percentiles

RATE, SECONDS, USERS = 1000, 10, 100
Percentiles = dict[str, float]
"""Milliseconds, by the names of `truth.SHARES`; what a peer does not tell is absent."""

WRK = """\
done = function(summary, latency)
  for name, share in pairs({p50 = 50, p95 = 95, p99 = 99, p99_9 = 99.9}) do
    io.write("reported ", name, " ", latency:percentile(share) / 1000, "\\n")
  end
end
"""
LOCUST = """\
from locust import FastHttpUser, constant_throughput, task


class Visitor(FastHttpUser):
    wait_time = constant_throughput(%d)

    @task
    def root(self):
        self.client.get("/")
"""
K6 = """\
import http from "k6/http";
export const options = {
  summaryTrendStats: ["med", "p(95)", "p(99)", "p(99.9)"],
  scenarios: {
    even: {executor: "constant-arrival-rate", rate: %d, timeUnit: "1s", duration: "%ds", preAllocatedVUs: %d},
  },
};
export default function () { http.get(__ENV.ADDRESS); }
"""


@dataclass(frozen=True)
class Peer:
    """Another load generator.

    Attributes:
        name: Its program.
        how: What it is told, in words.
        command: Its command for an address; files go to the folder.
        read: What it reported, from its standard output and the folder.
    """

    name: str
    how: str
    command: Callable[[str, Path], list[str]]
    read: Callable[[str, Path], Percentiles]

    @property
    def installed(self) -> bool:
        """Whether it is there."""
        return shutil.which(self.name) is not None

    def reported(self, address: str, folder: Path) -> Percentiles:
        """Run it for ten seconds.

        Raises:
            RuntimeError: It failed, or said nothing that can be read.
        """
        with core(GENERATOR):
            ran = subprocess.run(
                self.command(address, folder), capture_output=True, text=True, timeout=SECONDS + 30, cwd=folder
            )
        try:
            return self.read(ran.stdout, folder)
        except (ValueError, KeyError, OSError, IndexError) as error:
            last = (ran.stderr.strip().splitlines() or [str(error)])[-1]
            raise RuntimeError(f"{self.name}: exit code {ran.returncode}: {last}") from None


def _written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def of_wrk(out: str, folder: Path) -> Percentiles:
    """The lines that our script prints."""
    told = [line.split() for line in out.splitlines() if line.startswith("reported ")]
    return {name: float(value) for _, name, value in told}


def of_hey(out: str, folder: Path) -> Percentiles:
    """A line of CSV for each request, in seconds."""
    rows = csv.DictReader(io.StringIO(out))
    return percentiles(np.array([1000 * float(row["response-time"]) for row in rows]))


def of_h2load(out: str, folder: Path) -> Percentiles:
    """Its log: a line for each request; the third column is microseconds."""
    lines = (folder / "h2load.tsv").read_text(encoding="utf-8").splitlines()
    return percentiles(np.array([int(line.split("\t")[2]) / 1000 for line in lines]))


def of_locust(out: str, folder: Path) -> Percentiles:
    """Its statistics in JSON."""
    return locust_stats(out[out.index("[") :].encode()).whole.times_ms


def of_k6(out: str, folder: Path) -> Percentiles:
    """Its exported summary."""
    told = json.loads((folder / "k6.json").read_text(encoding="utf-8"))["metrics"]["http_req_duration"]
    return {"p50": told["med"], "p95": told["p(95)"], "p99": told["p(99)"], "p99_9": told["p(99.9)"]}


PEERS = (
    Peer(
        "k6",
        f"constant-arrival-rate {RATE}/s, {USERS} preallocated users",
        lambda address, folder: [
            *("k6", "run", "--quiet", "--no-usage-report", "--env", f"ADDRESS={address}/"),
            *("--summary-export", str(folder / "k6.json"), _written(folder / "k6.js", K6 % (RATE, SECONDS, USERS))),
        ],
        of_k6,
    ),
    Peer(
        "locust",
        f"{USERS} users of constant_throughput({RATE // USERS}), FastHttpUser",
        lambda address, folder: [
            *("locust", "--headless", "--json", "--skip-log", "-f"),
            _written(folder / "locustfile.py", LOCUST % (RATE // USERS)),
            *("-u", str(USERS), "-r", str(USERS), "-t", f"{SECONDS}s", "-H", address),
        ],
        of_locust,
    ),
    Peer(
        "wrk",
        "2 connections without a pause, the nearest to 1000/s",
        lambda address, folder: [
            *("wrk", "-t", "1", "-c", "2", "-d", f"{SECONDS}s", "-s", _written(folder / "wrk.lua", WRK), f"{address}/")
        ],
        of_wrk,
    ),
    Peer(
        "hey",
        f"{USERS} workers of {RATE // USERS}/s",
        lambda address, folder: [
            *("hey", "-z", f"{SECONDS}s", "-c", str(USERS), "-q", str(RATE // USERS), "-o", "csv", f"{address}/")
        ],
        of_hey,
    ),
    Peer(
        "h2load",
        f"{USERS} clients of {RATE // USERS}/s, HTTP/1.1",
        lambda address, folder: [
            *("h2load", "--h1", "-c", str(USERS), "--rps", str(RATE // USERS), "-D", str(SECONDS)),
            *("--log-file", str(folder / "h2load.tsv"), f"{address}/"),
        ],
        of_h2load,
    ),
)
