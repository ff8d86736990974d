"""What is behind a platform, one module a source; see `readiness.source`. Nothing here ever writes."""
