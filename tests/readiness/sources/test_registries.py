"""Registries: published versions of the client libraries; a name that is not there was never published."""

import pytest


@pytest.fixture
def look(vendor, told):
    async def ask(name, answers, **settings):
        scenario, base = vendor(answers)
        return await told("packages", {name: {"base": base, **settings}}), scenario

    return ask


JAVASCRIPT = ("packages.javascript_stable", "packages.javascript_complete", "packages.javascript_provenance")
WHOLE = {
    "name": "@shop/sdk",
    "version": "1.4.0",
    "types": "dist/index.d.ts",
    "license": "MIT",
    "repository": {"type": "git", "url": "git+https://github.com/octo/shop.git"},
    "dist": {"tarball": "t", "attestations": {"provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}},
}
BY_EXPORT = {"exports": {".": {"import": {"types": "./a.d.ts", "default": "./a.js"}}}}


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        ({}, [True, True, True]),
        ({"types": None, **BY_EXPORT}, [True, True, True]),
        ({"version": "0.9.0"}, [False, True, True]),
        ({"version": "2.0.0-beta.1"}, [False, True, True]),
        ({"deprecated": "use another"}, [False, True, True]),
        ({"types": None}, [True, False, True]),
        ({"license": None}, [True, False, True]),
        ({"repository": None}, [True, False, True]),
        ({"dist": {"tarball": "t"}}, [True, True, False]),
    ],
    ids=["whole", "exports", "early", "beta", "deprecated", "untyped", "unlicensed", "no source", "unattested"],
)
async def test_the_manifest_of_the_latest_version_is_read(look, change, facts):
    manifest = {key: value for key, value in {**WHOLE, **change}.items() if value is not None}
    seen, scenario = await look("npm", {"GET /@shop/sdk/latest": manifest}, package="@shop/sdk")
    assert [seen.value(fact) for fact in JAVASCRIPT] == facts
    assert scenario.asked == ["GET /@shop/sdk/latest"]


async def test_a_package_that_is_not_there_is_not_stable(look):
    seen, _ = await look("npm", {}, package="shop")
    assert [seen.value(fact) for fact in JAVASCRIPT] == [False, None, None]


@pytest.mark.parametrize(
    ("name", "answers", "settings", "stable"),
    [
        ("pypi", {"GET /pypi/shop/json": {"info": {"version": "1.0.2", "yanked": False}}}, {"package": "shop"}, True),
        ("pypi", {"GET /pypi/shop/json": {"info": {"version": "1.0.2", "yanked": True}}}, {"package": "shop"}, False),
        ("pypi", {"GET /pypi/shop/json": {"info": {"version": "1.0rc1", "yanked": False}}}, {"package": "shop"}, False),
        ("pypi", {}, {"package": "shop"}, False),
        ("rubygems", {"GET /gems/shop.json": {"version": "1.0.0", "yanked": False}}, {"gem": "shop"}, True),
        ("rubygems", {"GET /gems/shop.json": {"version": "0.1.0"}}, {"gem": "shop"}, False),
        ("rubygems", {"GET /gems/shop.json": {"version": "1.0.0", "yanked": True}}, {"gem": "shop"}, False),
        ("rubygems", {}, {"gem": "shop"}, False),
    ],
)
async def test_a_published_version_is_read(look, name, answers, settings, stable):
    seen, _ = await look(name, answers, **settings)
    assert seen.value(f"packages.{'python' if name == 'pypi' else 'ruby'}_stable") is stable


@pytest.mark.parametrize(
    ("version", "file", "stable"),
    [
        ("v1.2.3", "module example.com/Shop\n", True),
        ("v1.2.3", "module example.com/Shop\n\nretract v1.2.3 // broken\n", False),
        ("v0.9.0", "module example.com/Shop\n", False),
    ],
)
async def test_a_go_module_is_read_with_what_it_takes_back(look, version, file, stable):
    root = "/example.com/!shop"
    answers = {f"GET {root}/@latest": {"Version": version}, f"GET {root}/@v/{version}.mod": file}
    seen, _ = await look("goproxy", answers, module="example.com/Shop")
    assert seen.value("packages.go_stable") is stable


async def test_a_go_module_that_is_not_there_is_not_stable(look):
    seen, _ = await look("goproxy", {"GET /example.com/shop/@latest": (410, "not found")}, module="example.com/shop")
    assert seen.value("packages.go_stable") is False


@pytest.mark.parametrize("answer", [(503, {}), "<html>", {}, (429, {}, {"retry-after": "600"})])
async def test_a_registry_that_does_not_answer_is_a_reason(look, answer):
    seen, _ = await look("pypi", {"GET /pypi/shop/json": answer}, package="shop")
    assert seen["packages.python_stable"].status == "unavailable"
    assert seen["packages.python_stable"].reason
