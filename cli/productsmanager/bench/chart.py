"""Line charts with logarithmic axes as SVG, legible on light and dark pages."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT, GAP = 250, 220, 110
LEFT, TOP, BOTTOM = 52, 34, 34
LABEL_HEIGHT = 14
COLOURS = ("#2f7ed8", "#d9730d", "#1a9c6b", "#b04fc4", "#c9384a")
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600}.grid{stroke:#ddd}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}}"
)


@dataclass(frozen=True)
class Line:
    """Points (x, y), both above 0, from left to right."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """Lines over one pair of axes; `title` names the unit."""

    title: str
    lines: Sequence[Line]


def svg(panels: Sequence[Panel], x_title: str) -> str:
    """Panels side by side. A line's label stands at its end, so colour alone tells nothing."""
    width = len(panels) * (LEFT + WIDTH + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + BOTTOM}" role="img">']
    parts.append(f"<style>{STYLE}</style>")
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number * (LEFT + WIDTH + GAP) + LEFT},{TOP})">')
        parts += _panel(panel, x_title)
        parts.append("</g>")
    parts.append("</svg>\n")
    return "\n".join(parts)


def _panel(panel: Panel, x_title: str) -> Iterator[str]:
    points = [point for line in panel.lines for point in line.points]
    across, up = _decades([x for x, _ in points]), _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        return _share(x, across) * WIDTH, (1 - _share(y, up)) * HEIGHT

    yield f'<text class="title" x="0" y="-14">{escape(panel.title)}</text>'
    for power in range(across[0], across[1] + 1):
        x, _ = place(10.0**power, 10.0 ** up[0])
        yield f'<path class="grid" d="M{x:.1f} 0V{HEIGHT}"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT + 16}" text-anchor="middle">{_number(power)}</text>'
    for power in range(up[0], up[1] + 1):
        _, y = place(10.0 ** across[0], 10.0**power)
        yield f'<path class="grid" d="M0 {y:.1f}H{WIDTH}"/>'
        yield f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{_number(power)}</text>'
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT + 31}" text-anchor="middle">{escape(x_title)}</text>'
    ends = _apart([place(*line.points[-1])[1] for line in panel.lines])
    for line, colour, end in zip(panel.lines, COLOURS, ends, strict=False):
        placed = [place(x, y) for x, y in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed)
        yield f'<text x="{placed[-1][0] + 9:.1f}" y="{end + 4:.1f}" style="fill:{colour}">{escape(line.label)}</text>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around the values, at least one apart."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _number(power: int) -> str:
    if power >= 6:
        return f"{10 ** (power - 6)}M"
    return f"{10 ** (power - 3)}k" if power >= 3 else f"{10.0**power:g}"


def _apart(heights: Sequence[float]) -> list[float]:
    """The heights, moved down where labels would lie on one another."""
    moved: dict[int, float] = {}
    lowest = -math.inf
    for index in sorted(range(len(heights)), key=lambda index: heights[index]):
        lowest = moved[index] = max(heights[index], lowest + LABEL_HEIGHT)
    return [moved[index] for index in range(len(heights))]
