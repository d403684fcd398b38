"""The watcher without its check of header values: so there is always something that passes us and that Envoy refuses.

Real holes in our checks are closed when they are found; how the gateway behaves when there is one must stay tested.
"""

import importlib

from ambassador.__main__ import main
from ambassador.wire import construction

trust_own_messages = construction.trust_own_messages


def trust_and_look_away() -> None:
    """The check can be taken out only once messages are trusted: importing it imports them."""
    trust_own_messages()
    headers = importlib.import_module("ambassador.features.headers")
    assert headers.format_fault("%UNKNOWN_OPERATOR%"), "the check that is left out would not have found it anyway"
    setattr(headers, "format_fault", lambda _: "")  # noqa: B010 - a function of the product is replaced on purpose


if __name__ == "__main__":
    setattr(construction, "trust_own_messages", trust_and_look_away)  # noqa: B010
    main()
