"""What must not be shown of a request or a manifest: values of telling names, and what looks like a credential.

One policy for every page and command: a secret that was shown once cannot be taken back.
"""

from __future__ import annotations

import re

REDACTED = "[redacted]"

_WORDS = (
    r"(?:authorization|cookie|passw(?:or)?d|passphrase|pwd|token|secret|credential|signature|jwt|session[-_. ]?id|"
    r"(?:api|private|secret|access|auth|shared|signing|encryption|session|account|master)[-_. ]?key)s?[-_.]?[0-9]*"
)
"""How such a name ends: `X-Api-Key`, `dbPassword`, `ACCESS_TOKENS`, `secretKey2`."""

TELLING = rf"(?<![\w.-])[\w.-]*?{_WORDS}(?![\w.-])"
"""A regular expression for such a name in a text."""

_NAME = re.compile(rf".*{_WORDS}", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(r"\s*([A-Za-z0-9_.-]+)=")
_CREDENTIALS = re.compile(
    # Behind a scheme of HTTP authentication; the userinfo of a URL, which may hold an @ itself.
    r"\b(?P<before>(?:Bearer|Basic)\s+)(?=\S*[0-9=])[A-Za-z0-9._~+/=-]{6,}|(?<=://)[^/?#\s\"']+(?=@)|"
    # A parameter of a query.
    rf"(?P<parameter>[?&;](?:[\w.%\[\]-]*?{_WORDS})=)[^&#;\s\"']+|"
    # Keys of AWS, tokens of GitHub and Slack, JSON web tokens.
    r"\b(?:(?-i:A(?:KIA|SIA)[A-Z0-9]{12,})|gh[oprsu]_[A-Za-z0-9]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|"
    r"(?-i:eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)",
    re.IGNORECASE,
)


def is_sensitive(name: str) -> bool:
    """Whether the value of a field, header or parameter of this name must not be shown."""
    return _NAME.fullmatch(name) is not None


def shown(name: str, value: str) -> str:
    """The value of a header or query parameter, or the pattern that is asked of it, as it may be shown.

    Of cookies the names stay: it is by them that people see which one is meant.
    """
    if name.lower() == "cookie" and value:
        return "; ".join(map(_cookie, value.split(";")))
    if is_sensitive(name):
        return REDACTED if value else value
    return without_credentials(value)


def without_credentials(text: str) -> str:
    """A text without what looks like a credential anywhere; a URL without its user and telling parameters."""
    return _CREDENTIALS.sub(lambda found: f"{found['before'] or found['parameter'] or ''}{REDACTED}", text)


def _cookie(text: str) -> str:
    found = _PAIR.match(text)
    return f"{found.group(1)}={REDACTED}" if found else REDACTED
