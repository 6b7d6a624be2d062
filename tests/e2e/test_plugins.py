"""kubectl reaches the cluster by IAM alone, with our exec plugin as with those that it stands in for."""

import json
from pathlib import Path

import pytest

from harness import plugins
from harness.assembly import ALICE, BOB, OPS, STRANGER, Rig
from harness.kubectl import BUILT, PODS, KubectlAs, every_kubectl
from harness.plugins import Plugin
from harness.process import must

every_plugin = pytest.mark.parametrize("plugin", [plugins.keks, plugins.authenticator, plugins.aws_cli])

ALL_PODS = sorted(f"{namespace}/web-{n}" for namespace, count in PODS.items() for n in range(count))


@every_kubectl
def test_a_kubectl_is_of_the_version_that_it_is_called_by(kubectl: Path, request: pytest.FixtureRequest) -> None:
    said = json.loads(must(kubectl, "version", "--client", "--output=json"))["clientVersion"]["gitVersion"]
    minor = request.node.callspec.params["kubectl"]
    assert said.startswith(f"v{minor}.") != (minor == BUILT)


@every_kubectl
@every_plugin
def test_kubectl_lists_the_pods_as_a_mapped_user(rig: Rig, kubectl_as: KubectlAs, plugin: Plugin) -> None:
    pods = kubectl_as(plugin(rig, ALICE, "")).pods()
    assert len(pods) == 31
    assert sorted(pods) == ALL_PODS


@every_kubectl
@every_plugin
def test_kubectl_lists_the_pods_under_a_mapped_role(rig: Rig, kubectl_as: KubectlAs, plugin: Plugin) -> None:
    # Bob himself is not mapped: what opens the door is the role.
    assert sorted(kubectl_as(plugin(rig, BOB, OPS)).pods()) == ALL_PODS


@every_kubectl
@every_plugin
def test_kubectl_is_refused_as_an_unmapped_user(rig: Rig, kubectl_as: KubectlAs, plugin: Plugin) -> None:
    refused = kubectl_as(plugin(rig, BOB, "")).run("get", "pods")
    assert refused.returncode == 1
    assert "You must be logged in to the server" in refused.stderr


@every_kubectl
@every_plugin
def test_kubectl_is_refused_under_an_unmapped_role(rig: Rig, kubectl_as: KubectlAs, plugin: Plugin) -> None:
    refused = kubectl_as(plugin(rig, ALICE, STRANGER)).run("get", "pods")
    assert refused.returncode == 1
    assert "You must be logged in to the server" in refused.stderr


def test_a_mapped_role_may_do_only_what_rbac_allows(rig: Rig, kubectl_as: KubectlAs) -> None:
    kubectl = kubectl_as(plugins.keks(rig, ALICE, OPS))
    kubectl.must("get", "pods", "--namespace=shop")
    refused = kubectl.run("get", "secrets", "--namespace=shop")
    assert refused.returncode == 1
    assert 'cannot list resource "secrets"' in refused.stderr
