"""The mail servers of the mail's own tests, and a target that mails to them."""

from ..mail.conftest import authority, declare, publish, server_of

__all__ = ["authority", "declare", "publish", "server_of"]
