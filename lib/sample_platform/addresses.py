"""Names and addresses: where each part of the platform listens."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Self

DOMAIN = "sample.test"
API_HOST = f"api.{DOMAIN}"
STAGING_HOST = f"staging.{DOMAIN}"
APP_HOST = f"app.{DOMAIN}"
APP_ORIGIN = f"https://{APP_HOST}"
HOOKS_HOST = f"hooks.{DOMAIN}"
LOOPBACK = "127.0.0.1"
ADMINISTRATOR = f"admin@{DOMAIN}"


@dataclass(frozen=True)
class Ports:
    """TCP (and for DNS also UDP) ports on 127.0.0.1; 0 takes any free one.

    At `mail` and `hooks` the platform does not listen: it sends its mail there, for whoever wants to read it, and
    `hooks` is the one port of this machine that webhooks may be aimed at, by the name `HOOKS_HOST`.
    """

    api: int = 8443
    staging: int = 8444
    plain: int = 8080
    app: int = 8445
    dns_1: int = 8053
    dns_2: int = 8054
    mail: int = 8025
    hooks: int = 8026

    @classmethod
    def free(cls) -> Self:
        """Return ports that the system chooses when they are bound."""
        return cls(**{field.name: 0 for field in fields(cls)})


@dataclass(frozen=True)
class Addresses:
    """Everything a client needs to reach a running platform.

    Attributes:
        api: base URL of production, `https://api.sample.test:<port>`.
        staging: base URL of staging.
        plain: base URL of the plain HTTP listener.
        app: base URL of the web app.
        resolvers: two name servers, each `address:port`.
        ca_file: path of the PEM certificate that signed both server certificates.
        postgres: SQLAlchemy URL of the production database.
        redis: URL of the production cache, database index included.
        pid: process id of the platform.
        metrics_token_file: path of the file holding the bearer token that `/metrics` asks for.
        mail: where the platform sends its mail by SMTP, `address:port`.
        admin_password_file: path of the file holding the password of `ADMINISTRATOR`.
        hooks: base URL that webhooks may be aimed at, though it is on this machine.
    """

    api: str
    staging: str
    plain: str
    app: str
    resolvers: tuple[str, str]
    ca_file: str
    postgres: str
    redis: str
    pid: int
    metrics_token_file: str
    mail: str
    admin_password_file: str
    hooks: str

    def to_json(self) -> str:
        """Return the addresses as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read what `to_json` wrote; raises ValueError or TypeError on anything else."""
        found = json.loads(line)
        return cls(**{**found, "resolvers": tuple(found["resolvers"])})
