"""kubectl, and the objects that the tests count on."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rig import kubectls

from .control_plane import ApiServer
from .process import RigError, must, run

# 31 pods as in the blog, and in more than one namespace, so that a count of one namespace is a wrong count.
PODS = {"default": 12, "shop": 11, "ops": 8}

# The kubectl that is built with the server; the others are called by their minor versions.
BUILT = "built"
every_kubectl = pytest.mark.parametrize("kubectl", [BUILT, *kubectls.PACKAGES], indirect=True)

# The `user` of a kubeconfig entry.
User = dict[str, Any]


@dataclass(frozen=True)
class Kubectl:
    program: Path
    kubeconfig: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run(self.program, *arguments, env={"KUBECONFIG": str(self.kubeconfig)}, stdin=stdin)

    def must(self, *arguments: str, stdin: str = "") -> str:
        return must(self.program, *arguments, env={"KUBECONFIG": str(self.kubeconfig)}, stdin=stdin)

    def pods(self) -> list[str]:
        """`namespace/name` of every pod."""
        template = '{range .items[*]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'
        return self.must("get", "pods", "--all-namespaces", f"--output=jsonpath={template}").split()


KubectlAs = Callable[[User], Kubectl]


def write_kubeconfig(path: Path, server: ApiServer, user: User) -> Path:
    """A kubeconfig for `server` with one user; JSON is YAML."""
    cluster = {"server": server.url, "certificate-authority": str(server.authority)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "rig", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "rig", "context": {"cluster": "rig", "user": "user"}}],
        "current-context": "rig",
    }
    path.write_text(json.dumps(config))
    return path


def exec_plugin(command: Sequence[str | Path], env: dict[str, str]) -> User:
    """A kubeconfig user whose token comes from `command`."""
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": str(command[0]),
        "args": [str(part) for part in command[1:]],
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "interactiveMode": "IfAvailable",
    }
    return {"exec": plugin}


def admin(program: Path, server: ApiServer, folder: Path) -> Kubectl:
    user = {"client-certificate": str(server.admin.certificate), "client-key": str(server.admin.key)}
    return Kubectl(program, write_kubeconfig(folder / "admin.json", server, user))


def seed(kubectl: Kubectl, readers: str) -> None:
    """Creates the 31 pods, and lets the group `readers` read pods and nothing else."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": rules}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": readers},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": readers}],
    }
    objects = [{**role, "metadata": {"name": readers}}, {**binding, "metadata": {"name": readers}}]
    objects += [namespace(name) for name in PODS if name != "default"]
    objects += [pod(name, f"web-{number}") for name, count in PODS.items() for number in range(count)]
    kubectl.must("create", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    if len(kubectl.pods()) != sum(PODS.values()):
        raise RigError(f"the cluster has these pods: {kubectl.pods()}")


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def pod(namespace: str, name: str) -> dict[str, Any]:
    """A pod that stays Pending: nothing here runs pods."""
    spec = {"containers": [{"name": "main", "image": "example.test/main:1"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name}, "spec": spec}
