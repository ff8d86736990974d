"""How the platform behaves, as one frozen record: right by default, and a defect replaces a field."""

from dataclasses import dataclass

from .edge import Edge
from .factors import Factors
from .federation import Federation
from .inputs import Inputs
from .integration import Integration
from .mail import Mail
from .people import People
from .records import Records
from .tokens import Tokens
from .web import Web


@dataclass(frozen=True)
class Behaviour(Edge, Tokens, Mail, People, Factors, Federation, Integration, Records, Inputs, Web):
    """One field for each decision that a defect can turn wrong. Staging always behaves right."""
