"""A small plot with logarithmic axes as SVG, light or dark as the reader's screen is.

One file that stands by itself, for an <img> of any width: sizes are fit for 400 pixels, lines differ in colour, dashes
and marks, and the background is painted, since a page may be dark where the reader's system is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 586, 104, 356
_STYLE = """
  .back { fill: #ffffff } text { fill: #1f2328; font: 17px system-ui, sans-serif } .faint { fill: #59636e }
  .title { font-size: 19px; font-weight: 600 } .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 3; stroke-linejoin: round }
  .s0 { stroke: #0969da } .s1 { stroke: #bc4c00; stroke-dasharray: 9 5 } .s2 { stroke: #6e7781; stroke-dasharray: 2 5 }
  .m0, text.m0 { fill: #0969da } .m1, text.m1 { fill: #bc4c00 } .m2, text.m2 { fill: #6e7781 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #f0f6fc } .faint { fill: #9198a1 } .grid { stroke: #3d444d }
    .s0 { stroke: #4493f8 } .s1 { stroke: #f0883e } .s2 { stroke: #9198a1 }
    .m0, text.m0 { fill: #4493f8 } .m1, text.m1 { fill: #f0883e } .m2, text.m2 { fill: #9198a1 }
  }
"""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """A name for the legend, and points from left to right."""

    name: str
    points: Points


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of positive numbers, spread by their logarithms over pixels."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return round(self.start + share * (self.end - self.start), 1)

    def powers(self) -> list[float]:
        """The powers of ten within."""
        first, last = math.ceil(math.log10(self.least)), math.floor(math.log10(self.most))
        return [10.0**power for power in range(first, last + 1)]


def plot(title: str, across: str, up: str, lines: Sequence[Line], note: str = "") -> str:
    """The whole file. `across` and `up` name the axes, with their units; `note` stands below."""
    every = [point for line in lines for point in line.points]
    x = _axis([point[0] for point in every], _LEFT, _RIGHT)
    y = _axis([point[1] for point in every], _BOTTOM, _TOP)
    below = HEIGHT - 14
    reach = f"{across}, up to {_short(max(point[0] for point in every))}"
    told = "; ".join(
        f"{line.name}: " + ", ".join(f"{_short(n)}: {_short(v)}" for n, v in line.points) for line in lines
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="16" y="30">{escape(title)}</text>',
        *_grid(x, y),
        f'<text class="faint" x="16" y="{_TOP - 14}">{escape(up)}</text>',
        f'<text class="faint" x="16" y="{below}">{escape(note)}</text>',
        f'<text class="faint" x="{_RIGHT}" y="{below}" text-anchor="end">{escape(reach)}</text>',
    ]
    for number, line in enumerate(lines):
        parts += [*_legend(number, line), *_drawn(number, line, x, y)]
    parts += _ends(lines, x, y)
    return "\n".join([*parts, "</svg>", ""])


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    """A little more than the values on both sides."""
    return Axis(min(values) / 1.6, max(values) * 1.6, start, end)


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    for value in y.powers():
        yield f'<path class="grid" d="M{_LEFT} {y.at(value)}H{_RIGHT}"/>'
        yield f'<text class="faint" x="{_LEFT - 8}" y="{y.at(value) + 6}" text-anchor="end">{_short(value)}</text>'
    for value in x.powers():
        yield f'<path class="grid" d="M{x.at(value)} {_TOP}V{_BOTTOM}"/>'
        yield f'<text class="faint" x="{x.at(value)}" y="{_BOTTOM + 22}" text-anchor="middle">{_short(value)}</text>'


def _legend(number: int, line: Line) -> Iterator[str]:
    at = 16 + number * 196
    yield f'<path class="line s{number}" d="M{at} 56h34"/>'
    yield f'<text x="{at + 42}" y="62">{escape(line.name)}</text>'


def _drawn(number: int, line: Line, x: Axis, y: Axis) -> Iterator[str]:
    places = [(x.at(n), y.at(value)) for n, value in line.points]
    yield f'<path class="line s{number}" d="M' + "L".join(f"{a} {b}" for a, b in places) + '"/>'
    yield from (f'<circle class="m{number}" cx="{a}" cy="{b}" r="5"/>' for a, b in places)


def _ends(lines: Sequence[Line], x: Axis, y: Axis) -> Iterator[str]:
    """The last value of each line right of its point, moved apart where they would cover each other."""
    lowest = float("-inf")
    for number, line in sorted(enumerate(lines), key=lambda one: y.at(one[1].points[-1][1])):
        n, value = line.points[-1]
        lowest = max(y.at(value) + 6, lowest + 19)
        yield f'<text class="m{number}" x="{x.at(n) + 10}" y="{lowest}">{_short(value)}</text>'


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
