"""The embedded sandbox as the server of all functions under measurement."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .programs import KEKS, Environment, Failure

# Runs inside the sandbox: tells its environment and stays until its standard input is closed.
INSIDE = "env -0 && printf 'READY\\0' && exec cat"

# What Lambda itself gives to a function.
LAMBDA = {
    "_HANDLER": "pods",
    "AWS_LAMBDA_FUNCTION_NAME": "eksClient",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/eksClient",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0",
    "LAMBDA_TASK_ROOT": "/var/task",
    "TZ": ":UTC",
}


@contextmanager
def sandbox(*options: str, tls: bool = True) -> Iterator[Environment]:
    """Runs one, with STS and EKS over TLS or plain http; yields the environment of a function on it."""
    with tempfile.TemporaryDirectory(prefix="keks-bench-") as folder:
        bundle = Path(folder, "ca.pem")
        roots = Path(folder, "no-other-roots")
        roots.mkdir()
        command = [KEKS, "sandbox", *["--aws-tls"] * tls, "--ca-file", bundle, *options, "--", "sh", "-c", INSIDE]
        plain = {"PATH": "/usr/bin:/bin", "HOME": folder}
        with subprocess.Popen(command, env=plain, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                # One root for all, and not the 140 of the system: reading those costs a peer 5-20 ms.
                trust = {"SSL_CERT_FILE": str(bundle), "SSL_CERT_DIR": str(roots)}
                yield LAMBDA | read_environment(process) | trust
            finally:
                process.stdin.close()


def read_environment(process: subprocess.Popen) -> dict[str, str]:
    text = b""
    while not text.endswith(b"READY\0"):
        piece = process.stdout.read1()
        if not piece:
            raise Failure("the sandbox ended before it was ready")
        text += piece
    lines = text.decode().split("\0")[:-2]
    return dict(line.split("=", 1) for line in lines)
