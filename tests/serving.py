"""A server as people start it, in a process of its own on a port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def platform_served(folder: Path, port: int) -> Iterator[None]:
    """Serve a workspace with accounts and interface, and wait until it answers."""
    called = [sys.executable, "-m", "footproof", "serve", "--dir", str(folder), "--port", str(port), "--platform"]
    server = subprocess.Popen(called, env=os.environ | {"FOOTPROOF_LANG": "en"})
    try:
        for _ in range(300):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/schemes", timeout=5):
                break
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(30)
