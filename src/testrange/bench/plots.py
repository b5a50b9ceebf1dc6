"""Small SVG plots: figures with intervals over a few positions. Nothing but text is needed to draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from testrange.bench.intervals import Estimate

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 180, 34, 52
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31")
FONT = 'font-family="system-ui, sans-serif" font-size="12"'
Series = Mapping[str, Sequence[Estimate | None]]


def plot(title: str, axis: str, positions: Sequence[str], series: Series, joined: bool = True) -> str:
    """Series of shares (0 to 1) at named positions, each with its 95 % interval; `joined` draws lines between them."""
    parts = [_frame(title, axis, positions)]
    for number, (name, values) in enumerate(series.items()):
        shift = (number - (len(series) - 1) / 2) * 5
        parts.append(_series(name, values, len(positions), number, shift if len(series) > 1 else 0.0, joined))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(title)}" {FONT}>\n{body}\n</svg>\n'
    )


def _x(position: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT
    return LEFT + inner * (position + 0.5) / count


def _y(value: float) -> float:
    inner = HEIGHT - TOP - BOTTOM
    return TOP + inner * (1 - min(max(value, 0.0), 1.0))


def _frame(title: str, axis: str, positions: Sequence[str]) -> str:
    lines = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" fill="#111111">{escape(title)}</text>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(tick)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444444">{tick:.0%}</text>')
    for number, name in enumerate(positions):
        x = _x(number, len(positions))
        lines.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#444444">{escape(name)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(f'<text x="{middle:.1f}" y="{HEIGHT - 10}" text-anchor="middle" fill="#444444">{escape(axis)}</text>')
    return "\n".join(lines)


def _series(name: str, values: Sequence[Estimate | None], count: int, number: int, shift: float, joined: bool) -> str:
    colour = COLOURS[number % len(COLOURS)]
    points = [(_x(n, count) + shift, v) for n, v in enumerate(values) if v is not None]
    lines = []
    if joined and points:
        path = "L".join(f"{x:.1f} {_y(v.value):.1f}" for x, v in points)
        lines.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    for x, v in points:
        lines.append(f'<path d="M{x:.1f} {_y(v.low):.1f}V{_y(v.high):.1f}" stroke="{colour}"/>')
        lines.append(f'<circle cx="{x:.1f}" cy="{_y(v.value):.1f}" r="3.5" fill="{colour}"/>')
    y = TOP + 10 + 18 * number
    lines.append(f'<circle cx="{WIDTH - RIGHT + 16}" cy="{y - 4}" r="4" fill="{colour}"/>')
    lines.append(f'<text x="{WIDTH - RIGHT + 26}" y="{y}" fill="#111111">{escape(name)}</text>')
    return "\n".join(lines)
