"""The kubeconfig that `keks kubeconfig` writes: kubectl works with it, and the AWS CLI would have written the same."""

import stat
from pathlib import Path
from typing import Any

import yaml

from harness import assembly
from harness.assembly import ALICE, BOB, CLUSTER, OPS, REGION, Rig
from harness.kubectl import PODS, Kubectl, every_kubectl
from harness.process import must
from harness.sandbox import Identity


ALL_PODS = sum(PODS.values())


def keks(rig: Rig, identity: Identity, *options: str | Path, **env: str) -> str:
    program = assembly.out("keks")
    words = ["kubeconfig", CLUSTER, "--region", REGION, "--command", program, *options]
    return must(program, *words, env={**rig.sandbox.env(identity), **env})


def aws(rig: Rig, *options: str | Path, **env: str) -> str:
    words = ["eks", "update-kubeconfig", "--name", CLUSTER, "--region", REGION, *options]
    return must(assembly.aws_cli(), *words, env={**rig.sandbox.env(ALICE), **env})


def pods(kubectl: Path, rig: Rig, identity: Identity, files: Path | str) -> int:
    """As many as kubectl finds, whose plugin inherits the environment of the identity."""
    command = ["get", "pods", "--all-namespaces", "--output=name"]
    env = {"KUBECONFIG": str(files), **rig.sandbox.env(identity)}
    return len(must(kubectl, *command, env=env).split())


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def without_plugin(config: Any) -> Any:
    for user in config["users"]:
        del user["user"]["exec"]
    return config


@every_kubectl
def test_kubectl_signs_in_by_it(rig: Rig, kubectl: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "config"
    assert keks(rig, ALICE, "--kubeconfig", file).startswith("Added new context ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pods(kubectl, rig, ALICE, file) == ALL_PODS


@every_kubectl
def test_kubectl_signs_in_by_the_role(rig: Rig, kubectl: Path, tmp_path: Path) -> None:
    file = tmp_path / "config"
    keks(rig, BOB, "--kubeconfig", file, "--role", OPS)
    # Bob himself is not mapped: what opens the door is the role.
    assert pods(kubectl, rig, BOB, file) == ALL_PODS


@every_kubectl
def test_kubectl_signs_in_through_a_list_of_files(rig: Rig, kubectl: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    files = f"{first}:{second}"
    must(kubectl, "config", "set-credentials", "other", "--token=0123", env={"KUBECONFIG": str(first)})
    assert keks(rig, ALICE, "--kubeconfig", second).strip().endswith(f" to {second}")
    # The file that has the cluster is the one that is changed, else the first.
    assert keks(rig, ALICE, KUBECONFIG=files).strip().endswith(f" in {second}")
    assert pods(kubectl, rig, ALICE, files) == ALL_PODS
    second.unlink()
    assert keks(rig, ALICE, KUBECONFIG=files).strip().endswith(f" to {first}")
    assert pods(kubectl, rig, ALICE, files) == ALL_PODS
    assert [user["name"] for user in load(first)["users"]][:1] == ["other"]


def test_it_is_what_the_aws_cli_writes(rig: Rig, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for options in ([], ["--alias", "prod", "--user-alias", "me", "--proxy-url", "socks5://proxy:1080"]):
        keks(rig, ALICE, "--kubeconfig", ours, *options)
        aws(rig, "--kubeconfig", theirs, *options)
    plugin, other = (load(file)["users"][0]["user"]["exec"] for file in (ours, theirs))
    assert plugin["apiVersion"] == other["apiVersion"]
    assert without_plugin(load(ours)) == without_plugin(load(theirs))


@every_kubectl
def test_either_tool_takes_over_what_the_other_wrote(rig: Rig, kubectl: Path, tmp_path: Path) -> None:
    file = tmp_path / "config"
    aws(rig, "--kubeconfig", file)
    assert keks(rig, ALICE, "--kubeconfig", file).startswith("Updated context ")
    assert pods(kubectl, rig, ALICE, file) == ALL_PODS
    assert aws(rig, "--kubeconfig", file).startswith("Updated context ")


def test_either_tool_chooses_the_same_file_of_a_list(rig: Rig, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    files = f"{first}:{second}"
    first.write_text("")
    assert aws(rig, "--kubeconfig", second).strip().endswith(f" to {second}")
    for said in (aws(rig, KUBECONFIG=files), keks(rig, ALICE, KUBECONFIG=files)):
        assert said.strip().endswith(f" in {second}")
    assert first.read_text() == ""


@every_kubectl
def test_kubectl_config_and_keks_keep_what_the_other_wrote(rig: Rig, kubectl: Path, tmp_path: Path) -> None:
    file = tmp_path / "config"
    keks(rig, ALICE, "--kubeconfig", file, "--alias", "prod")
    config_of = Kubectl(kubectl, file)
    config_of.must("config", "set-context", "prod", "--namespace=shop")
    config_of.must("config", "set-credentials", "y", "--token=0123")
    keks(rig, ALICE, "--kubeconfig", file, "--alias", "prod")
    config = load(file)
    assert config["contexts"][0]["context"]["namespace"] == "shop"
    assert {"name": "y", "user": {"token": "0123"}} in config["users"]
    assert config_of.must("config", "view", "--raw", "--output=jsonpath={.users[?(@.name=='y')].user.token}") == "0123"
