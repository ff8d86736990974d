"""Protection: what a change has to pass before it is on a branch, by GitHub's rulesets or its classic settings."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Protection(NamedTuple):
    """What a branch demands.

    Attributes:
        checks: Status checks that have to pass.
        reviews: Approving reviews.
        fixed: Its history cannot be rewritten by a forced push.
    """

    checks: int = 0
    reviews: int = 0
    fixed: bool = False

    def beside(self, other: "Protection") -> "Protection":
        """What both together demand, at least."""
        return Protection(max(self.checks, other.checks), max(self.reviews, other.reviews), self.fixed or other.fixed)


def of_rulesets(rules: Iterable[Any]) -> Protection:
    """What the rules that apply to a branch demand, as `GET rules/branches/{branch}` lists them."""
    checks: set[str] = set()
    reviews, fixed = 0, False
    for rule in rules:
        parameters = rule.get("parameters") or {}
        if rule["type"] == "required_status_checks":
            checks |= {str(one["context"]) for one in parameters.get("required_status_checks") or ()}
        elif rule["type"] == "workflows":
            checks |= {str(one["path"]) for one in parameters.get("workflows") or ()}
        elif rule["type"] == "pull_request":
            reviews = max(reviews, int(parameters.get("required_approving_review_count") or 0))
        fixed = fixed or rule["type"] == "non_fast_forward"
    return Protection(len(checks), reviews, fixed)


def classic(settings: Any) -> Protection:
    """What the classic protection of a branch demands, as `GET branches/{branch}/protection` shows it."""
    required = settings.get("required_status_checks") or {}
    reviews = (settings.get("required_pull_request_reviews") or {}).get("required_approving_review_count") or 0
    forced = (settings.get("allow_force_pushes") or {}).get("enabled", False)
    return Protection(len(required.get("checks") or required.get("contexts") or ()), reviews, not forced)
