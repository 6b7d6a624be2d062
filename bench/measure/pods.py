"""A PodList for the decoders, like one of a cluster with Deployments: 8 kB a pod, a quarter of it managedFields."""

import json
from pathlib import Path


def write_list(file: Path, count: int) -> None:
    items = [pod(i) for i in range(count)]
    listed = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "104857"}, "items": items}
    file.write_text(json.dumps(listed, separators=(",", ":")))


def pod(i: int) -> dict:
    app = f"service-{i % 40:02}"
    names = (app, "proxy")
    return {"metadata": metadata(i, app, names), "spec": spec(i, app, names), "status": status(i, names)}


def metadata(i: int, app: str, names: tuple[str, ...]) -> dict:
    return {
        "name": f"{app}-7c9f4d5b68-{i:05x}",
        "generateName": f"{app}-7c9f4d5b68-",
        "namespace": f"team-{i % 12}",
        "uid": uid(i),
        "resourceVersion": str(100000 + i),
        "creationTimestamp": "2026-03-01T08:15:27Z",
        "labels": {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/part-of": "shop",
            "app.kubernetes.io/version": f"1.{i % 30}.2",
            "pod-template-hash": "7c9f4d5b68",
        },
        "annotations": {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "9102",
            "checksum/config": f"{i * 2654435761 % 2**64:064x}",
            "example.com/note": 'restarted by "deploy" at 08:15\nfor ticket OPS-4711',
            "sidecar.example.com/config": "".join(f"cluster_{n}.upstream=10.0.{n}.{i % 250}:8443;" for n in range(20)),
        },
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": f"{app}-7c9f4d5b68",
                "uid": uid(i % 40),
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
        "managedFields": [
            managed("kube-controller-manager", "08:15:27", None, controller_fields(names)),
            managed("kubelet", "08:15:41", "status", kubelet_fields()),
        ],
    }


def managed(manager: str, time: str, subresource: str | None, fields: dict) -> dict:
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": f"2026-03-01T{time}Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return entry | ({"subresource": subresource} if subresource else {})


def controller_fields(names: tuple[str, ...]) -> dict:
    plain = ("command", "image", "imagePullPolicy", "name")
    container = leaf(".", *plain) | {
        "f:env": keyed(("POD_NAME", "LOG_LEVEL", "ENDPOINT"), leaf(".", "name", "value")),
        "f:resources": {"f:limits": leaf(".", "cpu", "memory"), "f:requests": leaf(".", "cpu", "memory")},
    }
    return {
        "f:metadata": {"f:generateName": {}, "f:labels": leaf(".", "app.kubernetes.io/name", "pod-template-hash")},
        "f:spec": leaf("dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext")
        | {"f:containers": keyed(names, container)},
    }


def kubelet_fields() -> dict:
    types = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready")
    condition = leaf(".", "lastTransitionTime", "status", "type")
    return {
        "f:status": leaf("containerStatuses", "hostIP", "hostIPs", "observedGeneration", "phase", "podIP", "startTime")
        | {"f:conditions": keyed(types, condition, "type")}
    }


def keyed(values: tuple[str, ...], fields: dict, key: str = "name") -> dict:
    return {f'k:{{"{key}":"{value}"}}': fields for value in values}


def leaf(*names: str) -> dict:
    return {name if name == "." else f"f:{name}": {} for name in names}


def spec(i: int, app: str, names: tuple[str, ...]) -> dict:
    token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    root = {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    return {
        "volumes": [
            {"name": "kube-api-access-x7k2p", "projected": {"sources": [token, root], "defaultMode": 420}},
            {"name": "config", "configMap": {"name": f"{app}-config", "defaultMode": 420}},
        ],
        "containers": [container(name) for name in names],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "serviceAccountName": app,
        "serviceAccount": app,
        "nodeName": node(i),
        "securityContext": {"runAsNonRoot": True, "fsGroup": 65532},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("not-ready", "unreachable")
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }


def container(name: str) -> dict:
    return {
        "name": name,
        "image": f"registry.example.com/shop/{name}:1.27.2",
        "command": [f"/bin/{name}", "--config=/etc/config/service.yaml", "--log-format=json"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "OPTIONS", "value": " ".join(f"-Dservice.pool.size.{n}=16" for n in range(9))},
            {"name": "ENDPOINT", "value": "https://api.example.com/v2?region=eu-west-1"},
        ],
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "128Mi"}},
        "volumeMounts": [
            {"name": "config", "readOnly": True, "mountPath": "/etc/config"},
            {"name": "kube-api-access-x7k2p", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
        ],
        "readinessProbe": {
            "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
            "initialDelaySeconds": 3,
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }


def status(i: int, names: tuple[str, ...]) -> dict:
    types = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    address = f"10.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}"
    return {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-03-01T08:15:41Z"}
            for kind in types
        ],
        "hostIP": "10.0.12.7",
        "hostIPs": [{"ip": "10.0.12.7"}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": "2026-03-01T08:15:27Z",
        "containerStatuses": [container_status(i, name) for name in names],
        "qosClass": "Burstable",
    }


def container_status(i: int, name: str) -> dict:
    digest = f"{(i + 1) * 11400714819323198485 % 2**64:064x}"
    return {
        "name": name,
        "state": {"running": {"startedAt": "2026-03-01T08:15:30Z"}},
        "lastState": {},
        "ready": True,
        "restartCount": i % 3,
        "image": f"registry.example.com/shop/{name}:1.27.2",
        "imageID": f"registry.example.com/shop/{name}@sha256:{digest}",
        "containerID": f"containerd://{digest}",
        "started": True,
    }


def uid(i: int) -> str:
    return f"8d1c2f4e-{i % 65536:04x}-4b6a-9e3d-{i:012x}"


def node(i: int) -> str:
    return f"ip-10-0-12-{i % 200}.eu-west-1.compute.internal"
