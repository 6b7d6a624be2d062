"""Programs under test: started, waited for, ended, and their logs kept."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 5
COMMAND_SECONDS = 60

Command = list[str | Path]


class RigError(Exception):
    """A part of the rig did not do what the tests stand on."""


@dataclass
class Service:
    """One running program; everything that it prints is in `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def is_running(self) -> bool:
        return self.process.poll() is None

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ends the program and all that it started."""
        # Once a second, because aws-iam-authenticator ends only at the second SIGTERM.
        for _ in range(GRACE_SECONDS):
            self._signal(signal.SIGTERM)
            if self._ends_within(1):
                break
        # The program may be gone and a child of its still there.
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@dataclass
class Services:
    """All programs of one test run."""

    logs: Path
    running: list[Service] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Service:
        log = self.logs / f"{name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [str(part) for part in command],
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        service = Service(name, process, log)
        self.running.append(service)
        return service

    def stop(self, service: Service) -> None:
        self.running.remove(service)
        service.stop()

    def stop_all(self) -> None:
        """Last started, first ended: a server goes after its clients."""
        while self.running:
            self.stop(self.running[-1])


def wait_until(what: str, is_true: Callable[[], bool], service: Service, seconds: float = 60) -> None:
    """Waits until `is_true`; an error that shows the end of the log when time is up or `service` has ended."""
    end = time.monotonic() + seconds
    while not is_true():
        if not service.is_running():
            raise RigError(f"{service.name} ended with {service.process.returncode}:\n{service.tail()}")
        if time.monotonic() > end:
            raise RigError(f"no {what} within {seconds} s; {service.name} says:\n{service.tail()}")
        time.sleep(0.05)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without anything that would steer an AWS or a Kubernetes client, plus `extra`."""
    steering = ("AWS_", "KEKS_", "KUBE", "SSL_CERT_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(steering) and not k.lower().endswith("_proxy")}
    # Without this a missing credential costs a look-up at the metadata address.
    return kept | {"AWS_EC2_METADATA_DISABLED": "true"} | dict(extra or {})


def run(
    *command: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", seconds: float = COMMAND_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end, whatever its exit code."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment(env),
        input=stdin,
        text=True,
        capture_output=True,
        timeout=seconds,
    )


def must(*command: str | Path, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
    """Runs one command that has to succeed; answers with what it printed."""
    done = run(*command, env=env, stdin=stdin)
    if done.returncode != 0:
        raise RigError(f"{Path(command[0]).name} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
