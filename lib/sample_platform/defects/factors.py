"""Defects in the second factor, lockouts, limits per operation, account and plan."""

from .defect import Defect, defect

MFA = "security.mfa"
LIMITING = "security.rate_limiting"
TIERS = "api.rate_limit_tiers"

UNLIMITED = 1_000_000_000

DEFECTS: tuple[Defect, ...] = (
    # the second factor
    defect("totp-not-demanded", "The password alone signs in, second factor or not.", MFA, factor_demanded=False),
    defect("totp-code-reusable", "A code that was used is accepted again.", MFA, factor_codes_once=False),
    defect("totp-wide-window", "Codes of five minutes before and after are accepted.", MFA, factor_steps=10),
    defect("totp-unlimited-tries", "Codes can be guessed as often as one likes.", MFA, factor_tries=UNLIMITED),
    defect("recovery-code-reusable", "A recovery code works again and again.", MFA, factor_recovery_once=False),
    defect(
        "totp-removed-unproven",
        "Whoever finds a signed-in browser can remove the second factor.",
        MFA,
        factor_removal_proven=False,
    ),
    # limits per operation and account
    defect(
        "refresh-unlimited",
        "Refresh tokens can be tried without limit.",
        LIMITING,
        limits_missing=frozenset({"refresh"}),
    ),
    defect(
        "reset-unlimited",
        "Resetting a password can be asked for and tried without limit.",
        LIMITING,
        limits_missing=frozenset({"forgot", "reset"}),
    ),
    defect(
        "no-account-lock",
        "One account's password can be guessed for as long as each address stays within its limit.",
        LIMITING,
        wrong_passwords=UNLIMITED,
    ),
    # limits per plan
    defect(
        "plans-alike",
        "Every plan has the limit of the free one.",
        TIERS,
        plan_enforced=lambda plan, requests: 16,
        plan_advertised=lambda plan, requests: 16,
    ),
    defect(
        "plan-limit-short",
        "The largest plan is refused at half of what its answers advertise.",
        TIERS,
        plan_enforced=lambda plan, requests: requests // 2 if plan == "scale" else requests,
    ),
    defect(
        "plan-table-outdated",
        "The published table promises more than the largest plan gets.",
        TIERS,
        plan_published=lambda plan, requests: requests * 2 if plan == "scale" else requests,
    ),
)
