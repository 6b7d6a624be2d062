"""etcd, kube-apiserver and aws-iam-authenticator as plain processes on loopback."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import network
from .pki import Authority, KeyPair
from .process import Command, Service, Services, wait_until

Programs = dict[str, Path]


@dataclass(frozen=True)
class ApiServer:
    """A running API server, and the certificate with which the rig itself administers it."""

    url: str
    authority: Path
    admin: KeyPair

    def get(self, path: str) -> bytes:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.admin.certificate, self.admin.key)
        with urllib.request.urlopen(self.url + path, context=context, timeout=30) as reply:
            body: bytes = reply.read()
            return body

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz") == b"ok"
        except (OSError, urllib.error.URLError):
            return False


def start_etcd(services: Services, programs: Programs, data: Path) -> str:
    """Starts etcd with a throw-away store in `data`; answers with its client URL."""
    client, peer = (f"http://127.0.0.1:{network.free_port()}" for _ in range(2))
    command: Command = [
        programs["etcd"],
        "--name=rig",
        f"--data-dir={data}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=rig={peer}",
    ]
    service = services.start("etcd", command)
    port = int(client.rsplit(":", 1)[1])
    wait_until("etcd on its port", lambda: network.accepts(port), service)
    return client


def start_api_server(
    services: Services, programs: Programs, authority: Authority, port: int, etcd: str, webhook: Path | None = None
) -> ApiServer:
    """Starts kube-apiserver and waits until it is ready; `webhook` is the kubeconfig of the token webhook."""
    server = ApiServer(
        f"https://localhost:{port}", authority.certificate, authority.client("rig-admin", "system:masters")
    )
    command: Command = [programs["kube-apiserver"], *api_server_flags(authority, port, etcd)]
    if webhook:
        command += [
            f"--authentication-token-webhook-config-file={webhook}",
            "--authentication-token-webhook-version=v1",
            "--authentication-token-webhook-cache-ttl=2m",
        ]
    service = services.start("kube-apiserver", command)
    wait_until("/readyz", server.is_ready, service)
    return server


def api_server_flags(authority: Authority, port: int, etcd: str) -> list[str]:
    serving = authority.server("kube-apiserver", "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1")
    service_accounts = authority.client("service-accounts", "rig")
    return [
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        # Else it wants a default route, which an offline machine does not have.
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={service_accounts.certificate}",
        f"--service-account-signing-key-file={service_accounts.key}",
        # Without controllers nobody makes the default service account that this plugin waits for.
        "--disable-admission-plugins=ServiceAccount",
    ]


@dataclass(frozen=True)
class Mapping:
    """An entry of the authenticator's configuration: an IAM ARN and who that is in the cluster."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Authenticator:
    """What aws-iam-authenticator's server is told."""

    cluster: str
    users: tuple[Mapping, ...]
    roles: tuple[Mapping, ...]

    def start(self, services: Services, programs: Programs, authority: Authority, aws: "AwsNames") -> Path:
        """Starts the server; answers with the kubeconfig that leads the API server to it."""
        folder = authority.folder / "authenticator"
        folder.mkdir()
        serving = authority.server("authenticator", "DNS:localhost,IP:127.0.0.1")
        # The server takes a pair that it finds under these names; else it makes one that nobody trusts.
        serving.certificate.rename(folder / "cert.pem")
        serving.key.rename(folder / "key.pem")
        port = network.free_port()
        service = self._serve(services, programs, folder, port, aws)
        wait_until("webhook on its port", lambda: network.accepts(port), service)
        return write_webhook_kubeconfig(folder / "webhook.json", authority.certificate, port)

    def _serve(self, services: Services, programs: Programs, folder: Path, port: int, aws: "AwsNames") -> Service:
        command: Command = [
            programs["aws-iam-authenticator"],
            "server",
            f"--config={self._write(folder / 'config.json')}",
            f"--cluster-id={self.cluster}",
            f"--port={port}",
            "--address=127.0.0.1",
            "--backend-mode=MountedFile",
            f"--state-dir={folder}",
            "--kubeconfig-pregenerated",
            f"--generate-kubeconfig={folder / 'unused.yaml'}",
        ]
        # It asks only the real STS names, and believes only the system's roots.
        env = {"SSL_CERT_FILE": str(aws.authority), "AWS_REGION": aws.region}
        return services.start("aws-iam-authenticator", network.with_hosts(aws.hosts, *command), env)

    def _write(self, path: Path) -> Path:
        users = [{"userARN": m.arn, "username": m.username, "groups": m.groups} for m in self.users]
        roles = [{"roleARN": m.arn, "username": m.username, "groups": m.groups} for m in self.roles]
        config = {"clusterID": self.cluster, "server": {"mapUsers": users, "mapRoles": roles}}
        path.write_text(json.dumps(config))
        return path


@dataclass(frozen=True)
class AwsNames:
    """Where AWS is, for programs that cannot be redirected: a hosts file, and the roots to believe."""

    region: str
    hosts: Path
    authority: Path


def write_webhook_kubeconfig(path: Path, authority: Path, port: int) -> Path:
    cluster = {"certificate-authority": str(authority), "server": f"https://localhost:{port}/authenticate"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "webhook", "cluster": cluster}],
        "users": [{"name": "api-server", "user": {}}],
        "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "api-server"}}],
        "current-context": "webhook",
    }
    path.write_text(json.dumps(config))
    return path
