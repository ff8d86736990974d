"""ECS: services short of tasks, unwatched or privileged, and scaling rules that exist, differ and act."""

import boto3
import pytest
from moto import mock_aws

REGION = "eu-central-1"
WORKLOADS = ("workloads.count", "workloads.short", "workloads.unprobed", "workloads.root")
SCALING = ("scaling.smallest", "scaling.largest_above", "scaling.active")
CHECK = {"command": ["CMD-SHELL", "true"]}


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("AWS_TEST_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_TEST_KEY", "secret-of-an-account")
    return {"region": REGION, "key_id": "env:AWS_TEST_ID", "key": "env:AWS_TEST_KEY"}


@pytest.fixture
def cluster():
    with mock_aws():
        ecs = boto3.client("ecs", REGION)
        ecs.create_cluster(clusterName="main")

        def service(name="api", desired=2, running=2, **container):
            base = {"name": "api", "image": "api:1", "memory": 256, "user": "1000", "healthCheck": CHECK}
            given = {key: value for key, value in {**base, **container}.items() if value is not None}
            ecs.register_task_definition(family=name, containerDefinitions=[given])
            ecs.create_service(cluster="main", serviceName=name, taskDefinition=name, desiredCount=desired)
            from moto.ecs.models import ecs_backends

            backend = next(iter(ecs_backends.values()))[REGION]
            made = next(one for one in backend.services.values() if one.name == name)
            made.running_count = running

        yield service


@pytest.fixture
def look(told, keys):
    async def ask(subject, **settings):
        seen = await told(subject, {"ecs": {**keys, "cluster": "main", **settings}})
        assert "secret-of-an-account" not in str(seen.survey.exchanges)
        return seen

    return ask


async def test_services_that_are_supervised_and_unprivileged_are_counted(cluster, look):
    for number in range(12):  # more than may be described at once
        cluster(f"s{number}")
    seen = await look("workloads")
    assert [seen.value(fact) for fact in WORKLOADS] == [12, 0, 0, 0]
    assert seen.survey.exchanges[0]["repeat"].startswith("aws ecs list-services --region eu-central-1")


@pytest.mark.parametrize(
    ("wrong", "counts"),
    [
        ({"desired": 1, "running": 1}, [1, 1, 0, 0]),
        ({"desired": 3, "running": 2}, [1, 1, 0, 0]),
        ({"healthCheck": None}, [1, 0, 1, 0]),
        ({"memory": None, "memoryReservation": 128}, [1, 0, 1, 0]),
        ({"user": None}, [1, 0, 0, 1]),
        ({"user": "0:0"}, [1, 0, 0, 1]),
        ({"privileged": True}, [1, 0, 0, 1]),
    ],
    ids=["one", "too few", "unwatched", "unlimited", "any user", "root", "privileged"],
)
async def test_a_service_that_lacks_something_is_counted(cluster, look, wrong, counts):
    cluster(**wrong)
    seen = await look("workloads")
    assert [seen.value(fact) for fact in WORKLOADS] == counts


async def test_a_cluster_without_services_has_no_good_workload(cluster, look):
    seen = await look("workloads")
    assert [seen.value(fact) for fact in WORKLOADS] == [0, None, None, None]


async def test_a_service_that_is_named_and_does_not_run_is_a_reason(cluster, look):
    cluster()
    seen = await look("workloads", services=["api", "jobs"])
    assert seen["workloads.count"].reason == "cluster main runs no service jobs"


@pytest.mark.parametrize(
    ("least", "most", "ruled", "facts"),
    [(2, 6, True, [2, True, True]), (1, 1, True, [1, False, True]), (2, 6, False, [2, True, False])],
)
async def test_the_scaling_rules_of_the_services_are_read(cluster, look, least, most, ruled, facts):
    cluster()
    scaler = boto3.client("application-autoscaling", REGION)
    which = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/main/api",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaler.register_scalable_target(**which, MinCapacity=least, MaxCapacity=most)
    if ruled:
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        policy = {"TargetValue": 50.0, "PredefinedMetricSpecification": metric}
        scaler.put_scaling_policy(
            **which,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=policy,
        )
    seen = await look("scaling")
    assert [seen.value(fact) for fact in SCALING] == facts


async def test_services_without_a_rule_do_not_scale(cluster, look):
    cluster()
    seen = await look("scaling")
    assert [seen.value(fact) for fact in SCALING] == [None, None, False]


async def test_a_refusal_names_the_action(vendor, look):
    _, base = vendor({"POST /": (400, {"__type": "AccessDeniedException", "message": "no"})})
    seen = await look("workloads", base=base)
    assert seen["workloads.count"].permission == "sources.ecs: ecs:ListServices"


async def test_a_cluster_that_is_not_there_is_a_reason(cluster, look):
    seen = await look("workloads", cluster="other")
    assert "ClusterNotFoundException" in seen["workloads.count"].reason


@pytest.mark.parametrize("given", [{}, {"key_id": "env:A"}, {"profile": "p", "key_id": "env:A", "key": "env:B"}])
def test_the_credentials_are_keys_or_a_profile(target_of, given):
    with pytest.raises(ValueError, match="expected either key_id and key, or profile"):
        target_of("http://127.0.0.1:9", sources={"ecs": {"region": REGION, "cluster": "main", **given}})
