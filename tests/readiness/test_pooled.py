"""Pooled: the address that the application connects to, against those that its vendor tells."""

import pytest
from readiness.errors import Unobservable
from readiness.pooled import pooled
from readiness.secret import Secret
from readiness.wire.exchange import Exchange

POOLERS, DIRECT = [("pool.example.com", None), ("db.example.com", 6543)], ["db.example.com"]


@pytest.fixture
def say(now, monkeypatch):
    seen = Exchange(method="GET", url="https://vendor.example/", status=200, observed_at=now)

    def of(address):
        monkeypatch.setenv("SHOP_ADDRESS", address)
        return pooled(Secret("env:SHOP_ADDRESS"), POOLERS, DIRECT, seen).value

    return of


@pytest.mark.parametrize(
    ("address", "through"),
    [
        ("postgresql+asyncpg://a:b@POOL.example.com/shop", True),
        ("postgres://a:b@db.example.com:6543/shop", True),
        ("postgres://a:b@db.example.com:5432/shop", False),
        ("postgres://a:b@db.example.com/shop", False),
        ("postgres://a:b@elsewhere.example.com/shop", None),
    ],
)
def test_only_what_goes_through_a_pooler_is_pooled(say, address, through):
    assert say(address) is through


@pytest.mark.parametrize("address", ["nothing", "postgres://a:b@[/shop", "postgres://a:b@db.example.com:port/shop"])
def test_what_is_no_address_is_not_shown(say, address):
    with pytest.raises(Unobservable, match="env:SHOP_ADDRESS holds no connection string"):
        say(address)
