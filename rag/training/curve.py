"""The curve of refusals as a picture: how many wrong answers are given and how many right ones withheld, by threshold."""

from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 360, 56, 44
AXIS = "threshold of the chance that the best sentence answers"
LINES = {"answered, though nothing answers": "#b3261e", "refused, though it is answered there": "#1f5fa8"}


def svg(points: Sequence[tuple[float, float, float]], chosen: float) -> str:
    """An SVG of points (threshold, share of false answers, share of false refusals), with the chosen threshold marked.

    >>> svg([(0.1, 0.5, 0.0), (0.2, 0.25, 0.1)], 0.2).count("<polyline")
    2
    """

    def across(threshold: float) -> float:
        return LEFT + threshold * (WIDTH - LEFT - 16)

    def up(share: float) -> float:
        return 16 + (1 - share) * (HEIGHT - BOTTOM - 16)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for tick in range(0, 11, 2):
        share = tick / 10
        parts += [
            f'<path d="M{LEFT} {up(share):.1f}H{WIDTH - 16}" stroke="#ddd"/>',
            f'<text x="{LEFT - 8}" y="{up(share) + 4:.1f}" text-anchor="end">{share:.1f}</text>',
            f'<text x="{across(share):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{share:.1f}</text>',
        ]
    for place, (name, colour) in enumerate(LINES.items()):
        line = " ".join(f"{across(point[0]):.1f},{up(point[place + 1]):.1f}" for point in points)
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{WIDTH - 24}" y="{34 + 20 * place}" text-anchor="end" fill="{colour}">{name}</text>',
        ]
    wrong, withheld = next((point[1], point[2]) for point in points if point[0] == chosen)
    said = f"threshold {chosen:.2f}: {wrong:.3f} and {withheld:.3f}"
    parts += [
        f'<path d="M{across(chosen):.1f} {up(0)}V{up(1)}" stroke="#444" stroke-dasharray="4 4"/>',
        f'<text x="{across(chosen) + 6:.1f}" y="{up(1) + 60}">{said}</text>',
        f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{AXIS}</text>',
    ]
    title = f"<title>Errors of refusing by threshold; {said}</title>"
    view = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" role="img"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {view}>', title, *parts, "</svg>"]) + "\n"
