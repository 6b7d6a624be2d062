"""The programs that are measured, and those that measure them."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench" / "bench"
KEKS = ROOT / "out" / "keks"
BOOTSTRAP = ROOT / "out" / "bootstrap"
EMPTY = BUILD / "bench_empty"
LAUNCH = BUILD / "bench_launch"
MICRO = BUILD / "bench_micro"

Environment = Mapping[str, str]


class Failure(Exception):
    """A program did not do what it was measured for."""


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def output(command: Sequence[str | Path], env: Environment | None = None, seconds: float = 300) -> str:
    """What a command prints; `env` replaces the environment."""
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
    )
    if done.returncode:
        raise Failure(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Run:
    """One run of a program to its end."""

    wall_us: float
    cpu_us: float
    rss_kb: float


def run_once(command: Sequence[str | Path], env: Environment) -> Run:
    return Run(*map(float, output([LAUNCH, "run", "1", *command], env).split()))


def run_interleaved(commands: Mapping[str, Sequence[str | Path]], env: Environment, rounds: int) -> dict[str, Run]:
    """Each command once a round, and the medians of it all; the first round only warms the page cache."""
    runs = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            runs[name].append(run_once(command, env))
    return {name: median_run(of[1:]) for name, of in runs.items()}


def median_run(runs: Sequence[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall_us", "cpu_us", "rss_kb")))


Figures = dict[str, float]


def invoke(program: Path, warm: int, env: Environment, pods: int) -> Figures:
    """Starts a function, invokes it once and `warm` times more; the figures by the names that `launch` gives them."""
    lines = (line.split(" ", 1) for line in output([LAUNCH, "function", str(warm), program], env).splitlines())
    answers = dict(lines)
    counted = json.loads(answers.pop("reply")).get("pods")
    if counted != pods:
        raise Failure(f"{program.name} counted {counted} pods where there are {pods}")
    return {name: float(value) for name, value in answers.items()}


def medians(rounds: Sequence[Figures]) -> Figures:
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
