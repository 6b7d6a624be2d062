"""A certificate authority for the control plane."""

from dataclasses import dataclass
from pathlib import Path

from .process import must

EC_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class KeyPair:
    certificate: Path
    key: Path


class Authority:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = self._make("ca", "/CN=keks e2e CA", ["-addext", "keyUsage=critical,keyCertSign"])

    @property
    def certificate(self) -> Path:
        return self.own.certificate

    def server(self, name: str, alternative_names: str) -> KeyPair:
        """A server's pair; `alternative_names` as openssl spells them (`DNS:a,IP:b`)."""
        return self._leaf(name, f"/CN={name}", "serverAuth", ["-addext", f"subjectAltName={alternative_names}"])

    def client(self, user: str, group: str) -> KeyPair:
        """A pair that the API server takes for `user` in `group`."""
        return self._leaf(user, f"/O={group}/CN={user}", "clientAuth", [])

    def _leaf(self, name: str, subject: str, usage: str, extra: list[str]) -> KeyPair:
        issuer = ["-CA", str(self.own.certificate), "-CAkey", str(self.own.key)]
        kind = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"extendedKeyUsage={usage}"]
        return self._make(name, subject, issuer + kind + extra)

    def _make(self, name: str, subject: str, options: list[str]) -> KeyPair:
        pair = KeyPair(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        files = ("-keyout", pair.key, "-out", pair.certificate)
        must("openssl", "req", "-x509", *EC_KEY, "-days", "2", "-subj", subject, *files, *options)
        return pair
