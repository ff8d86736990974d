"""Kubernetes: replicas, probes, limits and users of every workload, and autoscalers that are able to act."""

import pytest

ROOT = "/apis/apps/v1/namespaces/shop"
SETS, RULES = f"{ROOT}/statefulsets", "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
WORKLOADS = ("workloads.count", "workloads.short", "workloads.unprobed", "workloads.root")
SCALING = ("scaling.smallest", "scaling.largest_above", "scaling.active")
PROBE = {"httpGet": {"path": "/health", "port": 8000}}


def container(**keys):
    limits = {"limits": {"cpu": "500m", "memory": "256Mi"}}
    return {"name": "api", "readinessProbe": PROBE, "livenessProbe": PROBE, "resources": limits} | keys


def workload(name="api", replicas=2, ready=2, containers=(), **pod):
    held = {"securityContext": {"runAsNonRoot": True}, "containers": list(containers) or [container()]} | pod
    labels = {"app": name}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": held}}
    status = {"readyReplicas": ready} if ready else {}
    return {"metadata": {"name": name}, "spec": spec | {"replicas": replicas}, "status": status}


def listed(*items, after=""):
    return {"kind": "List", "apiVersion": "apps/v1", "metadata": {"continue": after}, "items": list(items)}


@pytest.fixture
def look(vendor, told, token, at_hand):
    async def ask(subject, deployments, sets=(), rules=(), **settings):
        answers = {f"GET {ROOT}/deployments": deployments, f"GET {SETS}": listed(*sets), f"GET {RULES}": listed(*rules)}
        scenario, base = vendor(answers, at_hand("kubernetes.json"), f"{SETS}|{RULES}")
        source = {"token": token, "base": base, "namespace": "shop", **settings}
        seen = await told(subject, {"kubernetes": source})
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        return seen, scenario

    return ask


async def test_workloads_that_are_supervised_and_unprivileged_are_counted(look):
    user = workload("jobs", 3, 3, securityContext={"runAsUser": 10001})
    seen, scenario = await look("workloads", listed(workload(), user), sets=[workload("queue")])
    assert [seen.value(fact) for fact in WORKLOADS] == [3, 0, 0, 0]
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"


@pytest.mark.parametrize(
    ("wrong", "counts"),
    [
        (workload(replicas=1, ready=1), [1, 1, 0, 0]),
        (workload(replicas=None, ready=1), [1, 1, 0, 0]),
        (workload(replicas=3, ready=2), [1, 1, 0, 0]),
        (workload(ready=0), [1, 1, 0, 0]),
        (workload(containers=[container(livenessProbe=None)]), [1, 0, 1, 0]),
        (workload(containers=[container(), container(resources={})]), [1, 0, 1, 0]),
        (workload(securityContext={}), [1, 0, 0, 1]),
        (workload(containers=[container(securityContext={"runAsUser": 0})]), [1, 0, 0, 1]),
        (workload(initContainers=[container(securityContext={"runAsNonRoot": False})]), [1, 0, 0, 1]),
        (workload(containers=[container(securityContext={"privileged": True})]), [1, 0, 0, 1]),
    ],
    ids=["one", "default", "unready", "down", "no liveness", "no limits", "any user", "root", "init", "privileged"],
)
async def test_a_workload_that_lacks_something_is_counted(look, wrong, counts):
    wrong["spec"] = {key: value for key, value in wrong["spec"].items() if value is not None}
    for one in wrong["spec"]["template"]["spec"]["containers"]:
        one.update({key: {} for key in [key for key, value in one.items() if value is None]})
    seen, _ = await look("workloads", listed(wrong))
    assert [seen.value(fact) for fact in WORKLOADS] == counts


async def test_only_the_workloads_that_are_named_count(look):
    seen, _ = await look("workloads", listed(workload(), workload("toy", 1, 1)), workloads=["api"])
    assert [seen.value(fact) for fact in WORKLOADS] == [1, 0, 0, 0]


async def test_every_page_of_workloads_is_read(look):
    seen, scenario = await look("workloads", [listed(workload(), after="more"), listed(workload("b", 1, 1))])
    assert [seen.value(fact) for fact in WORKLOADS] == [2, 1, 0, 0]
    assert scenario.asked[1] == f"GET {ROOT}/deployments?limit=100&continue=more"


async def test_an_empty_namespace_has_no_good_workload(look):
    seen, _ = await look("workloads", listed())
    assert [seen.value(fact) for fact in WORKLOADS] == [0, None, None, None]


@pytest.mark.parametrize(
    ("status", "permission"),
    [(401, "a credential that is valid"), (403, "list deployments.apps"), (404, "list deployments.apps"), (429, "")],
)
async def test_a_refusal_names_the_right_that_is_missing(vendor, told, token, status, permission):
    _, base = vendor({f"GET {ROOT}/deployments": (status, {"kind": "Status", "status": "Failure"})})
    seen = await told("workloads", {"kubernetes": {"token": token, "base": base, "namespace": "shop"}})
    assert seen["workloads.count"].status == "unavailable"
    assert seen["workloads.count"].permission == (f"sources.kubernetes: {permission}" if permission else "")


def rule(name="api", least=2, most=6, able="True", active="True"):
    conditions = [{"type": "AbleToScale", "status": able}, {"type": "ScalingActive", "status": active}]
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": least, "maxReplicas": most}
    return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("rules", "told_of"),
    [
        ([rule(), rule("jobs", 3, 9)], [2, True, True]),
        ([rule(), rule("jobs", 1, 9)], [1, True, True]),
        ([rule(), rule("jobs", 3, 3)], [2, False, True]),
        ([rule(active="False")], [2, True, False]),
        ([rule(able="Unknown")], [2, True, False]),
        ([], [None, None, False]),
    ],
)
async def test_the_autoscalers_are_read(look, rules, told_of):
    seen, _ = await look("scaling", listed(), rules=rules)
    assert [seen.value(fact) for fact in SCALING] == told_of
    assert seen["scaling.rose"].permission == "an attestation of scaling.rose"


async def test_the_replicas_that_the_ingress_leads_to_are_origins(look):
    seen, _ = await look("edge", listed(workload(), workload("toy", 1, 1)), entry="api")
    assert (seen.value("edge.origins"), seen.value("edge.monitored")) == (2, True)
    bare = workload(ready=1, containers=[{"name": "api"}])
    seen, _ = await look("edge", listed(bare), entry="api")
    assert (seen.value("edge.origins"), seen.value("edge.monitored")) == (1, False)
    seen, _ = await look("edge", listed(bare), entry="web")
    assert seen["edge.origins"].reason == "namespace shop holds no deployment web"
    seen, _ = await look("edge", listed(bare))
    assert seen["edge.origins"].permission == "sources.kubernetes.entry"
