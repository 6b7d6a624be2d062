"""`keks token` beside the two commands that it stands in for, each told the same by files, options and variables."""

import base64
import json
import os
import pty
import select
import signal
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from harness import assembly, needs, network
from harness.assembly import ALICE, BOB, CLUSTER, GUEST, OPS, REGION, Rig
from harness.kubectl import KubectlAs, exec_plugin
from harness.process import COMMAND_SECONDS, Command, must, run

# What the time of signing decides.
OF_THE_MOMENT = ("X-Amz-Date", "X-Amz-Signature", "X-Amz-Security-Token")

CREDENTIALS = f"""\
[alice]
aws_access_key_id = {ALICE.key_id}
aws_secret_access_key = {ALICE.secret}
[bob]
aws_access_key_id = {BOB.key_id}
aws_secret_access_key = {BOB.secret}
"""
CONFIG = f"""\
[profile alice]
region = {REGION}
[profile ops]
region = {REGION}
role_arn = {OPS}
source_profile = bob
role_session_name = together
[profile guarded]
region = {REGION}
role_arn = {OPS}
source_profile = bob
mfa_serial = arn:aws:iam::111122223333:mfa/bob
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with shared files."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(CREDENTIALS)
    (tmp_path / ".aws/config").write_text(CONFIG)
    return tmp_path


def calls(rig: Rig, home: Path) -> dict[str, str]:
    """The environment in which keks's calls reach the sandbox."""
    return {
        "AWS_ENDPOINT_URL_STS": rig.sandbox.sts,
        "AWS_CA_BUNDLE": str(rig.sandbox.authority),
        "HOME": str(home),
    }


def names(rig: Rig, home: Path) -> dict[str, str]:
    """And the peers' calls, which go by the real names."""
    roots = str(rig.names.authority)
    return {"AWS_CA_BUNDLE": roots, "SSL_CERT_FILE": roots, "HOME": str(home)}


def fields(token: str) -> dict[str, str]:
    """What a token says, but for what the moment decides."""
    text = token.removeprefix("k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    said = {name: values[0] for name, values in parse_qs(url.query).items() if name not in OF_THE_MOMENT}
    # Midnight may lie between two tokens.
    key, _day, *scope = said["X-Amz-Credential"].split("/")
    return {"host": url.netloc, "path": url.path, **said, "X-Amz-Credential": "/".join([key, *scope])}


def without_key(said: dict[str, str]) -> dict[str, str]:
    """For a role: its keys are made anew each time."""
    return {**said, "X-Amz-Credential": said["X-Amz-Credential"].partition("/")[2]}


def keks(rig: Rig, home: Path, *options: str, **env: str) -> str:
    command: Command = [assembly.out("keks"), "token", "-i", CLUSTER, "--token-only", *options]
    return must(*command, env={**calls(rig, home), **env}).strip()


def authenticator(rig: Rig, home: Path, *options: str, **env: str) -> str:
    command: Command = [rig.programs["aws-iam-authenticator"], "token", "-i", CLUSTER, "--token-only", *options]
    return must(*network.with_hosts(rig.names.hosts, *command), env={**names(rig, home), **env}).strip()


def aws_cli(rig: Rig, home: Path, *options: str, **env: str) -> str:
    command: Command = [assembly.aws_cli(), "eks", "get-token", "--cluster-name", CLUSTER, *options]
    answer = must(*network.with_hosts(rig.names.hosts, *command), env={**names(rig, home), **env})
    token: str = json.loads(answer)["status"]["token"]
    return token


def test_a_profile_with_keys_makes_the_token_that_the_others_make(rig: Rig, home: Path) -> None:
    ours = fields(keks(rig, home, AWS_PROFILE="alice"))
    assert ours["X-Amz-Credential"].startswith(ALICE.key_id)
    assert ours == fields(authenticator(rig, home, AWS_PROFILE="alice"))
    assert ours == fields(aws_cli(rig, home, AWS_PROFILE="alice"))
    assert ours == fields(keks(rig, home, "--profile", "alice"))
    assert ours == fields(aws_cli(rig, home, "--profile", "alice"))


def test_a_profile_with_a_role_opens_the_cluster_as_the_others_do(
    rig: Rig, home: Path, kubectl_as: KubectlAs
) -> None:
    for mint in (keks, authenticator, aws_cli):
        token = mint(rig, home, AWS_PROFILE="ops")
        assert fields(token)["host"] == f"sts.{REGION}.amazonaws.com"
        assert kubectl_as({"token": token}).must("auth", "whoami", "--output=jsonpath={.status.userInfo.username}") == (
            "ops:together"
        )


@pytest.mark.parametrize(
    ("options", "user"),
    [
        (["--profile", "alice", "--role-arn", OPS], "ops"),
        (["--profile", "bob", "--region", REGION, "--role-arn", OPS], "ops"),
        # From the profile's own role into another.
        (["--profile", "ops", "--role-arn", GUEST], "guest"),
        (["--profile", "ops"], "ops"),
    ],
    ids=["profile", "profile without a region", "role after role", "role of a profile"],
)
def test_the_options_of_the_aws_cli_open_the_cluster_as_with_it(
    rig: Rig, home: Path, kubectl_as: KubectlAs, options: list[str], user: str
) -> None:
    ours, theirs = keks(rig, home, *options), aws_cli(rig, home, *options)
    assert without_key(fields(ours)) == without_key(fields(theirs))
    for token in (ours, theirs):
        said = kubectl_as({"token": token}).must("auth", "whoami", "--output=jsonpath={.status.userInfo.username}")
        assert said.split(":")[0] == user


@pytest.mark.parametrize("told", [["--region", "us-east-2"], ["--region", "cn-north-1"]], ids=lambda told: told[1])
def test_the_region_of_an_option_comes_before_that_of_the_profile(rig: Rig, home: Path, told: list[str]) -> None:
    ours = fields(keks(rig, home, "--profile", "alice", *told, AWS_ENDPOINT_URL_STS=""))
    assert ours == fields(aws_cli(rig, home, "--profile", "alice", *told))
    assert told[1] in ours["host"]


def test_a_role_by_option_carries_the_session_name(rig: Rig, home: Path, kubectl_as: KubectlAs) -> None:
    for mint in (keks, authenticator):
        token = mint(rig, home, "--role", OPS, "--session-name", "by-option", AWS_PROFILE="alice")
        user = kubectl_as({"token": token}).must("auth", "whoami", "--output=jsonpath={.status.userInfo.username}")
        assert user == "ops:by-option"


def test_a_session_name_is_forwarded(rig: Rig, home: Path, kubectl_as: KubectlAs) -> None:
    for mint in (keks, authenticator):
        token = mint(rig, home, "--role", OPS, "--forward-session-name", AWS_PROFILE="ops")
        user = kubectl_as({"token": token}).must("auth", "whoami", "--output=jsonpath={.status.userInfo.username}")
        assert user == "ops:together"


def test_text_output_is_that_of_the_aws_cli(rig: Rig, home: Path) -> None:
    ours = must(
        assembly.out("keks"), "token", "--cluster-name", CLUSTER, "--output", "text", "--profile", "alice",
        env=calls(rig, home),
    )  # fmt: skip
    theirs = must(
        assembly.aws_cli(), "eks", "get-token", "--cluster-name", CLUSTER, "--output", "text", "--profile", "alice",
        env=names(rig, home),
    )  # fmt: skip
    shape = [[cell.split("-")[0] for cell in line.split("\t")] for line in theirs.split("\n") if line]
    assert [[cell.split("-")[0] for cell in line.split("\t")] for line in ours.split("\n") if line] == shape


def test_kubectl_runs_keks_under_the_authenticators_name(rig: Rig, home: Path, kubectl_as: KubectlAs) -> None:
    link = home / "aws-iam-authenticator"
    link.symlink_to(assembly.out("keks"))
    (home / "config.yaml").write_text(f"clusterID: {CLUSTER}\nrole: {OPS}\n")
    user = exec_plugin(
        [link, "--config", home / "config.yaml", "token", "--cache=false"],
        {**calls(rig, home), "AWS_PROFILE": "alice"},
    )
    assert len(kubectl_as(user).pods()) == 31


def test_a_file_of_the_authenticators_cache_is_read(rig: Rig, home: Path) -> None:
    authenticator(rig, home, "--cache", AWS_PROFILE="ops")
    before = fields(authenticator(rig, home, "--cache", AWS_PROFILE="ops"))
    ours = keks(rig, home, "--cache", AWS_PROFILE="ops", AWS_ENDPOINT_URL_STS="http://127.0.0.1:1")
    assert fields(ours) == before


def test_a_kept_token_opens_no_socket(rig: Rig, home: Path) -> None:
    strace = needs.program("strace")
    first = keks(rig, home, "--cache", "--role", OPS, AWS_PROFILE="alice")
    trace = home / "trace"
    command: Command = [strace, "-f", "-e", "trace=%network", "-o", trace, assembly.out("keks"), "token"]
    again = must(
        *command, "-i", CLUSTER, "--token-only", "--cache", "--role", OPS,
        env={**calls(rig, home), "AWS_PROFILE": "alice"},
    )  # fmt: skip
    assert again.strip() == first
    assert "socket(" not in trace.read_text()


def on_terminal(command: Command, env: dict[str, str], answer: str) -> tuple[str, int]:
    """What a program says to its terminal, where somebody types `answer` once; and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(str(command[0]), [str(part) for part in command], {"PATH": os.environ["PATH"], **env})
    said, typed, end = "", False, time.monotonic() + COMMAND_SECONDS
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            said += os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            break
        if not typed and "MFA code" in said:
            os.write(terminal, answer.encode() + b"\n")
            typed = True
    else:
        os.kill(pid, signal.SIGKILL)
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_an_mfa_code_is_asked_for_once_a_session(rig: Rig, home: Path) -> None:
    env = {**calls(rig, home), "AWS_PROFILE": "guarded", "KEKS_CACHE": "1"}
    command: Command = [assembly.out("keks"), "token", "--token-only", "-i"]
    said, code = on_terminal([*command, CLUSTER], env, "123456")
    assert code == 0, said
    assert said.count("MFA code of arn:aws:iam::111122223333:mfa/bob") == 1
    said, code = on_terminal([*command, "green"], env, "")
    assert code == 0, said
    assert "MFA" not in said


def test_without_a_terminal_nobody_is_asked_for_a_code(rig: Rig, home: Path) -> None:
    done = run(
        "setsid", "--wait", assembly.out("keks"), "token", "-i", CLUSTER,
        env={**calls(rig, home), "AWS_PROFILE": "guarded"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "mfa/bob" in done.stderr
