"""Defects in export, erasure, import, the audit log."""

from .defect import Defect, defect

EXPORT = "data.export"
PRIVACY = "security.gdpr"
IMPORT = "data.import"
AUDIT = "data.audit_log"

DEFECTS: tuple[Defect, ...] = (
    # export
    defect("export-without-keys", "An export leaves API keys out.", f"{EXPORT} {PRIVACY}", export_with_keys=False),
    defect("export-of-others", "An export lists everybody's sessions.", EXPORT, export_of_account_only=False),
    defect(
        "export-unproven",
        "Whoever finds a signed-in browser can take all data of its owner.",
        EXPORT,
        export_needs_password=False,
    ),
    # erasure
    defect("delete-deactivates", "A deleted account is only switched off.", PRIVACY, deletion_erases=False),
    # import
    defect("import-all-or-nothing", "One bad row stops a whole import.", IMPORT, import_takes_good_rows=False),
    defect(
        "import-hides-bad-rows", "An import does not say which rows it left out.", IMPORT, import_reports_rows=False
    ),
    defect(
        "import-duplicates",
        "An import that is repeated makes every account again, its address made unique.",
        IMPORT,
        import_keeps_addresses=False,
    ),
    defect("import-open", "Any user may import accounts.", IMPORT, import_for_staff_only=False),
    # audit log
    defect("audit-without-failures", "Failed sign-ins are not in the audit log.", AUDIT, audit_of_failures=False),
    defect("audit-without-address", "The audit log does not say from where.", AUDIT, audit_shows_address=False),
    defect("audit-late", "The audit log is read from a copy that is 8 s behind.", AUDIT, audit_lag_s=8),
)
