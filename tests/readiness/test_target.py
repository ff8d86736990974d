"""The target file: addresses, permissions, and references to secrets."""

from datetime import timedelta

import pytest
from readiness.errors import BadInput
from readiness.target import Target, path_of

MINIMAL = {"name": "one", "title": "One", "production": "https://api.example.com"}


@pytest.fixture
def written(tmp_path):
    """`written("zone: x")` is the path of params/targets/one.yaml with these lines besides the required ones."""

    def write(lines="", name="one"):
        path = tmp_path / "targets" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"name: {name}\ntitle: One\nproduction: https://api.example.com\n{lines}\n")
        return path

    return write


def test_a_target_needs_only_a_name_a_title_and_an_address(written):
    target = Target.read(written())
    assert (target.host, target.plain_address) == ("api.example.com", "http://api.example.com")
    assert target.permissions == []
    assert target.routes.health == "/health"
    assert target.pace.timeout == timedelta(seconds=10)


def test_only_the_platforms_own_hosts_are_sent_a_secret(written):
    target = Target.read(written("staging: https://staging.example.com:8443\norigin: https://app.example.org"))
    assert target.hosts == {"api.example.com", "staging.example.com"}


def test_plain_http_is_asked_where_the_file_says(written):
    assert Target.read(written("plain: http://127.0.0.1:8080")).plain_address == "http://127.0.0.1:8080"


def test_a_slash_at_the_end_of_an_address_is_dropped(written):
    assert Target.read(written("staging: https://staging.example.com/")).staging == "https://staging.example.com"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("staging: api.example.com", "staging: expected an http(s) address"),
        ("staging: ftp://example.com", "staging: expected an http(s) address"),
        ("staging: https://", "staging: expected an http(s) address"),
        ("staging: https://example.com/?a=b", "staging: expected an http(s) address"),
        ("staging: https://example.com:99999", "staging: expected an http(s) address"),
        ("staging: https://example.com:port", "staging: expected an http(s) address"),
        ("staging: 'https://[::1'", "staging: expected an http(s) address"),
        ("staging: https://me:pass@example.com", "staging: expected an address without a user or password"),
        ("routes: {live: health}", "routes.live: expected a path that starts with one /, got 'health'"),
        ("routes: {live: //evil.example.com/x}", "routes.live: expected a path that starts with one /"),
        ("resolvers: [dns.example.com]", "resolvers.0: expected an IP address with an optional port"),
        ("resolvers: ['1.1.1.1:0']", "resolvers.0: expected an IP address"),
        ("resolvers: ['1.1.1.1:']", "resolvers.0: expected an IP address"),
        ("permissions: [everything]", "permissions.0: expected 'accounts', 'burst' or 'load', got 'everything'"),
        ("permissions: burst", "permissions: expected a valid list, got a str"),
        ("limits: [{route: /x, requests: 500, window: 60s}]", "limits.0.requests: expected less than or equal to 200"),
        ("limits: [{route: /x, requests: 5, window: 9s, body: {}, form: {}}]", "limits.0: expected a body or a form"),
        ("login: {route: /in, body: {}, form: {}}", "login: expected a body or a form"),
        ("login: {route: /in}", "login: expected a body or a form"),
        ("limits: [{route: /x, requests: 5, window: 60}]", "limits.0.window: expected a duration such as"),
        ("headers: {X-Key: plain}", "headers.X-Key: expected a reference env:NAME or file:PATH, got a value"),
        ("pace: {concurrency: 0}", "pace.concurrency: expected greater than or equal to 1, got 0"),
        ("pace: {timeout: 0s}", "pace.timeout: expected a duration"),
        ("not_applicable: [{requirement: a.b, reason: no, by: Me}]", "not_applicable.0.reason: expected"),
        ("zones: example.com", "zones: unknown key; did you mean 'zone'?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(written, line, told):
    path = written(line)
    with pytest.raises(BadInput) as caught:
        Target.read(path)
    assert str(caught.value).startswith(f"{path}:4: {told}")


@pytest.mark.parametrize("resolver", ["1.1.1.1", "127.0.0.1:5353", "2606:4700::1111"])
def test_a_resolver_is_an_ip_address_with_an_optional_port(written, resolver):
    assert Target.read(written(f"resolvers: ['{resolver}']")).resolvers == [resolver]


@pytest.mark.parametrize("name", ["Upper", "-dash", "a b", "../up", "", "a" * 64])
def test_a_name_is_fit_to_be_a_folder(name):
    with pytest.raises(ValueError, match="pattern"):
        Target.model_validate({**MINIMAL, "name": name})


def test_a_certificate_authority_stands_beside_the_target_file(written):
    path = written("ca_file: ca.pem")
    assert Target.read(path).ca_file == path.parent / "ca.pem"


def test_a_target_is_found_by_name_and_by_path(written, tmp_path):
    path = written()
    assert Target.find("one", tmp_path) == Target.find(path, tmp_path) == Target.find(str(path), tmp_path)
    assert path_of("one", tmp_path) == path
    assert path_of("one.yaml", tmp_path).name == "one.yaml"


def test_an_unknown_target_is_told_with_the_nearest_known_one(written, tmp_path):
    written(name="plinto")
    with pytest.raises(BadInput, match="did you mean 'plinto'"):
        Target.find("plinot", tmp_path)
    with pytest.raises(BadInput, match="known: plinto"):
        Target.find("zzz", tmp_path)
    with pytest.raises(BadInput, match=r"gone\.yaml: no such file"):
        Target.find("gone.yaml", tmp_path)
    with pytest.raises(BadInput, match="known: none"):
        Target.find("zzz", tmp_path / "elsewhere")
