"""Problems as text for conditions and Events. Pure; a problem holds no secret, so the text holds none."""

from __future__ import annotations

from collections.abc import Iterable

from ambassador.model.problems import Problem, Severity, dotted

LONGEST_MESSAGE = 32_768
"""Characters of a condition's message (metav1.Condition)."""

_SEPARATOR = "; "
_ROOM_FOR_REST = 40


def sentence(problem: Problem) -> str:
    """What to change, with the field path: `timeout_ms must be a number (spec.timeout_ms)`."""
    at = f" ({dotted(problem.path)})" if problem.path else ""
    return f"{problem.message}{at}"


def severe_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors before warnings, otherwise in the given order."""
    return tuple(sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR))


def told(problems: Iterable[Problem], longest: int = LONGEST_MESSAGE) -> str:
    """All of them in at most `longest` characters: whole sentences, then how many more there are."""
    sentences = [
        sentence(one) if one.severity is Severity.ERROR else f"warning: {sentence(one)}"
        for one in severe_first(problems)
    ]
    text = _SEPARATOR.join(sentences)
    if len(text) <= longest:
        return text
    fitting, length = 0, 0
    for one in sentences:
        length += len(one) + len(_SEPARATOR)
        if length > longest - _ROOM_FOR_REST:
            break
        fitting += 1
    if not fitting:
        return shortened(sentences[0], longest)
    return f"{_SEPARATOR.join(sentences[:fitting])}{_SEPARATOR}and {len(sentences) - fitting} more"


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters, ended after a word where something is left out."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 2]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[-100:] else cut} …"
