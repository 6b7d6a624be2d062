"""The kubeconfig that `keks kubeconfig` writes: kubectl works with it, and the AWS CLI would have written the same."""

import stat
from pathlib import Path
from typing import Any

import yaml

from harness import assembly
from harness.assembly import ALICE, BOB, CLUSTER, OPS, REGION, Rig
from harness.kubectl import PODS, Kubectl
from harness.process import must
from harness.sandbox import Identity


def keks(rig: Rig, identity: Identity, file: Path, *options: str) -> str:
    program = assembly.out("keks")
    words = ["kubeconfig", CLUSTER, "--region", REGION, "--kubeconfig", str(file), "--command", str(program), *options]
    return must(program, *words, env=rig.sandbox.env(identity))


def aws(rig: Rig, file: Path, *options: str) -> str:
    words = ["eks", "update-kubeconfig", "--name", CLUSTER, "--region", REGION, "--kubeconfig", str(file), *options]
    return must(assembly.aws_cli(), *words, env=rig.sandbox.env(ALICE))


def pods(rig: Rig, identity: Identity, file: Path) -> int:
    """As many as kubectl finds, whose plugin inherits the environment of the identity."""
    command = ["get", "pods", "--all-namespaces", "--output=name"]
    env = {"KUBECONFIG": str(file), **rig.sandbox.env(identity)}
    return len(must(rig.programs["kubectl"], *command, env=env).split())


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def without_plugin(config: Any) -> Any:
    for user in config["users"]:
        del user["user"]["exec"]
    return config


def test_kubectl_signs_in_by_it(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "new" / "config"
    assert keks(rig, ALICE, file).startswith("Added new context ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pods(rig, ALICE, file) == sum(PODS.values())


def test_kubectl_signs_in_by_the_role(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "config"
    keks(rig, BOB, file, "--role-arn", OPS)
    # Bob himself is not mapped: what opens the door is the role.
    assert pods(rig, BOB, file) == sum(PODS.values())


def test_it_is_what_the_aws_cli_writes(rig: Rig, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for options in ([], ["--alias", "prod", "--user-alias", "me", "--proxy-url", "socks5://proxy:1080"]):
        keks(rig, ALICE, ours, *options)
        aws(rig, theirs, *options)
    plugin, other = (load(file)["users"][0]["user"]["exec"] for file in (ours, theirs))
    assert plugin["apiVersion"] == other["apiVersion"]
    assert without_plugin(load(ours)) == without_plugin(load(theirs))


def test_either_tool_takes_over_what_the_other_wrote(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "config"
    aws(rig, file)
    assert keks(rig, ALICE, file).startswith("Updated context ")
    assert pods(rig, ALICE, file) == sum(PODS.values())
    assert aws(rig, file).startswith("Updated context ")


def test_kubectl_config_and_keks_keep_what_the_other_wrote(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "config"
    keks(rig, ALICE, file, "--alias", "prod")
    kubectl = Kubectl(rig.programs["kubectl"], file)
    kubectl.must("config", "set-context", "prod", "--namespace=shop")
    kubectl.must("config", "set-credentials", "y", "--token=0123")
    keks(rig, ALICE, file, "--alias", "prod")
    config = load(file)
    assert config["contexts"][0]["context"]["namespace"] == "shop"
    assert {"name": "y", "user": {"token": "0123"}} in config["users"]
    assert kubectl.must("config", "view", "--raw", "--output=jsonpath={.users[?(@.name=='y')].user.token}") == "0123"
