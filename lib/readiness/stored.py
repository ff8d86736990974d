"""The stored form of a secret: by which scheme a password is hashed, and what would show a secret."""

import base64
import binascii
import re
from contextlib import suppress

_BCRYPT = re.compile(r"\$2[abxy]\$(\d\d)\$")
_SCHEMES = (
    ("argon2id", re.compile(r"(argon2)?\$argon2id\$")),
    ("argon2i", re.compile(r"(argon2)?\$argon2[id]\$")),
    ("scrypt", re.compile(r"\$scrypt\$|\$7\$|scrypt[:$]")),
    ("PBKDF2", re.compile(r"\$?pbkdf2")),
    ("crypt", re.compile(r"\$[156]\$|\$y\$")),
)
COST = 12
"""Least cost of a bcrypt that is called so without more."""
HEAD = 24
"""First characters of a stored password that tell its scheme; little of the hash itself is among them."""


def scheme(head: str) -> str:
    """By what a password is hashed: `argon2id`, `scrypt`, `bcrypt` and others, as the stored form itself says.

    Forms are those of PHC strings, of crypt(3), and of Django and Werkzeug. bcrypt of less than `COST` is told with its
    cost; what has no such form, such as a fast hash, is `none that is known`.

    Args:
        head: The first `HEAD` characters.
    """
    if found := _BCRYPT.search(head):
        return "bcrypt" if int(found[1]) >= COST else f"bcrypt of cost {int(found[1])}"
    return next((name for name, form in _SCHEMES if form.match(head)), "none that is known")


def forms(secret: str) -> list[str]:
    """Texts, in lower case, that show a secret where they stand: as it is, and as hex, base32 and base64 write it.

    Args:
        secret: A password, a key, or a TOTP secret in base32, which is looked for as the bytes it stands for as well.
    """
    plain = [secret.encode()]
    with suppress(binascii.Error, ValueError):  # it may be no TOTP secret
        plain.append(base64.b32decode(secret.upper() + "=" * (-len(secret) % 8)))
    written = {secret}
    for one in plain:
        written |= {one.hex(), *(code(one).decode() for code in (base64.b32encode, base64.b64encode))}
        written.add(base64.urlsafe_b64encode(one).decode())
        # within a column of bytes, which the database shows as hex, it may stand in base64 too
        written |= {base64.b64encode(one).hex(), base64.b32encode(one).hex(), one.hex().encode().hex()}
    return sorted({text.rstrip("=").lower() for text in written})
