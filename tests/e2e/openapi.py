#!/usr/bin/env python3
"""Writes an OpenAPI document of a real API server to a file: `openapi.py [PATH] > FILE`.

PATH is /openapi/v3/api/v1 unless given; /openapi/v3 lists the others.
"""

import sys
import tempfile
from pathlib import Path

from harness import network
from harness.control_plane import start_api_server, start_etcd
from harness.pki import Authority
from harness.process import Services
from rig import build


def fetch(path: str) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        services = Services(folder)
        programs = build.ensure_all()
        try:
            etcd = start_etcd(services, programs, folder / "etcd")
            server = start_api_server(services, programs, Authority(folder), network.free_port(), etcd)
            return server.get(path)
        finally:
            services.stop_all()


if __name__ == "__main__":
    sys.stdout.buffer.write(fetch(*(sys.argv[1:] or ["/openapi/v3/api/v1"])))
