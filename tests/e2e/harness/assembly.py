"""The whole rig: a cluster that believes IAM, and the IAM that it believes."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rig import build

from . import kubectl, network
from .control_plane import ApiServer, Authenticator, AwsNames, Mapping, Programs, start_api_server, start_etcd
from .kubectl import Kubectl
from .pki import Authority
from .process import RigError, Services
from .sandbox import Cluster, Identity, Sandbox, start_sandbox

ROOT = Path(__file__).resolve().parents[3]
CLUSTER = "blue"
REGION = "eu-west-1"
READERS = "pod-readers"

ALICE = Identity("AKIDALICEEXAMPLE", "alices/Secret+Key", "arn:aws:iam::111122223333:user/alice")
# Bob is known to IAM and unknown to the cluster.
BOB = Identity("AKIDBOBEXAMPLE", "bobs/Secret+Key", "arn:aws:iam::111122223333:user/bob")
OPS = "arn:aws:iam::111122223333:role/ops"
# The guest is known to the cluster and may do nothing there.
GUEST = "arn:aws:iam::111122223333:role/guest"
STRANGER = "arn:aws:iam::111122223333:role/stranger"

AUTHENTICATOR = Authenticator(
    CLUSTER,
    users=(Mapping(ALICE.arn, "alice", (READERS,)),),
    roles=(Mapping(OPS, "ops:{{SessionName}}", (READERS,)), Mapping(GUEST, "guest", ())),
)


@dataclass(frozen=True)
class Rig:
    folder: Path
    services: Services
    programs: Programs
    server: ApiServer
    admin: Kubectl
    sandbox: Sandbox
    names: AwsNames


def out(name: str) -> Path:
    """A program of ours; KEKS_OUT names another build's folder."""
    path = Path(os.environ.get("KEKS_OUT", ROOT / "out")) / name
    if not path.exists():
        raise RigError(f"{path} is not built (./dev build)")
    return path


def aws_cli() -> Path:
    return Path(sys.executable).with_name("aws")


def start(folder: Path, services: Services) -> Rig:
    """Starts everything, from the outside in: who asks comes after who answers."""
    programs = build.ensure_all()
    authority = Authority(folder)
    port = network.free_port()
    address = network.free_address(443)
    cluster = Cluster(CLUSTER, REGION, f"https://localhost:{port}", authority.certificate)
    roles = (OPS, GUEST, STRANGER)
    sandbox = start_sandbox(services, out("keks"), address, cluster, (ALICE, BOB), roles, folder)
    names = aws_names(folder, address, sandbox)
    webhook = AUTHENTICATOR.start(services, programs, authority, names)
    etcd = start_etcd(services, programs, folder / "etcd")
    server = start_api_server(services, programs, authority, port, etcd, webhook)
    admin = kubectl.admin(programs["kubectl"], server, folder)
    kubectl.seed(admin, READERS)
    return Rig(folder, services, programs, server, admin, sandbox, names)


def aws_names(folder: Path, address: str, sandbox: Sandbox) -> AwsNames:
    hosts = [f"{service}.{REGION}.amazonaws.com" for service in ("sts", "eks")]
    return AwsNames(REGION, network.write_hosts(folder / "hosts", address, hosts), sandbox.authority)


def stop(folder: Path, services: Services) -> None:
    """Ends every program; what stays are the logs."""
    services.stop_all()
    shutil.rmtree(folder / "etcd", ignore_errors=True)
