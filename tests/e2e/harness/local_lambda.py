"""Our function under our local Lambda, called by the real AWS CLI."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import assembly, network
from .assembly import Rig
from .process import Command, RigError, run, wait_until

FUNCTION = "eksClient"


@dataclass(frozen=True)
class Invocation:
    """What the caller of a function sees: the lines of its log, its result, and the kind of its failure."""

    log: list[str]
    result: Any
    error: str | None


@dataclass(frozen=True)
class LocalLambda:
    url: str
    folder: Path

    def invoke(self) -> Invocation:
        """The command of the blog."""
        result = self.folder / "out.json"
        flags = ["--endpoint-url", self.url, "--function-name", FUNCTION, "--log-type", "Tail"]
        done = run(assembly.aws_cli(), "lambda", "invoke", *flags, result, env=CALLER)
        if done.returncode != 0:
            raise RigError(f"aws lambda invoke exited with {done.returncode}: {done.stderr}")
        answer = json.loads(done.stdout)
        log = base64.b64decode(answer["LogResult"]).decode()
        return Invocation(log.splitlines(), json.loads(result.read_text()), answer.get("FunctionError"))


# The caller of a function needs some identity, but local Lambda asks for none in particular.
CALLER = {
    "AWS_ACCESS_KEY_ID": "AKIDCALLEREXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_DEFAULT_REGION": assembly.REGION,
}


@contextmanager
def serve(rig: Rig, folder: Path, env: Mapping[str, str]) -> Iterator[LocalLambda]:
    """Runs `bootstrap`, handler `pods`, with `env` as the function's environment."""
    port = network.free_port()
    command: Command = [
        assembly.out("keks"),
        "lambda",
        "serve",
        f"--function={FUNCTION}={assembly.out('bootstrap')}",
        "--handler=pods",
        "--memory=256",
        "--timeout=30",
        f"--listen=127.0.0.1:{port}",
        *(f"--env={name}={value}" for name, value in env.items()),
    ]
    service = rig.services.start("lambda", command)
    try:
        wait_until("local Lambda on its port", lambda: network.accepts(port), service)
        yield LocalLambda(f"http://127.0.0.1:{port}", folder)
    finally:
        rig.services.stop(service)
