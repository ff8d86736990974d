"""How the platform behaves in export, erasure, import, the audit log."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Records:
    """Right by default."""

    # export
    export_needs_password: bool = True
    export_with_keys: bool = True
    export_of_account_only: bool = True

    # erasure
    deletion_erases: bool = True

    # import
    import_for_staff_only: bool = True
    import_takes_good_rows: bool = True
    import_reports_rows: bool = True
    import_keeps_addresses: bool = True

    # audit log
    audit_of_failures: bool = True
    audit_shows_address: bool = True
    audit_lag_s: int = 0
