"""The wire: how a target is asked, over HTTP, TLS and DNS, and the record of each exchange."""
