"""Programs that mint EKS tokens: ours, and the two that it stands in for."""

from collections.abc import Callable

from . import assembly, network
from .assembly import CLUSTER, REGION, Rig
from .kubectl import User, exec_plugin
from .process import Command
from .sandbox import Identity

Plugin = Callable[[Rig, Identity, str], User]


def keks(rig: Rig, identity: Identity, role: str = "") -> User:
    """`keks token`, which is told by endpoint where STS is."""
    command: Command = [assembly.out("keks"), "token", "-i", CLUSTER, "--region", REGION]
    return exec_plugin(command + optional("-r", role), rig.sandbox.env(identity))


def authenticator(rig: Rig, identity: Identity, role: str = "") -> User:
    """`aws-iam-authenticator token`."""
    command: Command = [rig.programs["aws-iam-authenticator"], "token", "-i", CLUSTER, "--region", REGION]
    return found_by_name(rig, identity, command + optional("-r", role))


def aws_cli(rig: Rig, identity: Identity, role: str = "") -> User:
    """`aws eks get-token`."""
    command: Command = [assembly.aws_cli(), "eks", "get-token", "--cluster-name", CLUSTER, "--region", REGION]
    return found_by_name(rig, identity, command + optional("--role-arn", role))


def found_by_name(rig: Rig, identity: Identity, command: Command) -> User:
    """The peers have to find AWS under its real names: an endpoint of ours would end up in their tokens."""
    roots = str(rig.names.authority)
    env = {"AWS_CA_BUNDLE": roots, "SSL_CERT_FILE": roots, **identity.env()}
    return exec_plugin(network.with_hosts(rig.names.hosts, *command), env)


def optional(flag: str, value: str) -> Command:
    return [flag, value] if value else []
