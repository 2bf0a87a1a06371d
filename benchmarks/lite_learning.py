"""How well the embedded separator did after how much listening, and with how much data: a table and a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.learning_points import BAND_SONGS, CURVES, HELD_OUT, Point, read_curve
from benchmarks.results import Section
from benchmarks.separation import Bench
from separation.songs import STEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "lite-learning.png"
Curves = Mapping[str, Sequence[Point]]


def learning(bench: Bench) -> Section:
    """Where each run was best; draws the curves on the way, into the bench's folder when it is quick."""
    curves = {path.stem: read_curve(path) for path in sorted(CURVES.glob("*.csv"))}
    draw(curves, bench.folder / PICTURE.name if bench.is_quick else PICTURE)
    rows = []
    for name, points in curves.items():
        for songs in (HELD_OUT, BAND_SONGS):
            judged = [point for point in points if point.songs == songs]
            rows += [_row(name, max(judged, key=lambda point: point.mean))] if judged else []
    return Section(
        "lite: learning",
        "python -m benchmarks --only lite-learning",
        ("run", "network", "hours of songs", "judged on", "hours heard", "minutes", *STEMS, "mean"),
        rows,
        "Where each run was best, SDR in dB. Held out: mean over a recorded song and made ones of the median over"
        " audible seconds, as training sees it; from the second run on, which began where the first ended, the"
        " recorded song counts as much as all made ones, so that the two cannot be compared there. Band songs:"
        " medians as in `lite`; nothing was chosen by them, so this is the best of a few looks. The curves are in"
        " benchmarks/data/learning, written by `python -m benchmarks.learning_curve`; the picture is docs/"
        "lite-learning.png.",
    )


def draw(curves: Curves, picture: Path) -> None:
    """Writes the curves of all runs over the hours heard and, where runs differ in it, over the hours of songs."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    n_panels = 3 if len({point.data_h for points in curves.values() for point in points}) > 1 else 2
    figure, axes = pyplot.subplots(1, n_panels, figsize=(4.5 * n_panels, 3.8), sharey=True, layout="constrained")
    for axis, songs in zip(axes, (HELD_OUT, BAND_SONGS), strict=False):
        _draw_stems(axis, curves, songs)
    if n_panels == 3:
        _draw_data(axes[-1], curves)
    axes[0].set_ylabel("median SDR, dB")
    for axis in axes:
        axis.grid(alpha=0.3)
    figure.savefig(picture, dpi=90)
    pyplot.close(figure)


def _draw_stems(axis: Axes, curves: Curves, songs: str) -> None:
    """A colour for each stem, a kind of line for each run."""
    for line, (name, points) in zip(("-", "--", ":", "-."), curves.items(), strict=False):
        judged = [point for point in points if point.songs == songs]
        for colour, stem in enumerate(STEMS):
            heard_h, scores = [point.heard_h for point in judged], [getattr(point, stem) for point in judged]
            axis.plot(heard_h, scores, line, marker=".", color=f"C{colour}", label=f"{stem}, {name}")
    axis.set_title(songs, fontsize="medium")
    axis.set_xlabel("hours heard")
    axis.set_xlim(left=0)
    axis.legend(fontsize="x-small")


def _draw_data(axis: Axes, curves: Curves) -> None:
    """The best mean of each run over the hours of songs it could learn from."""
    for colour, songs in enumerate((HELD_OUT, BAND_SONGS)):
        judged = [[point for point in points if point.songs == songs] for points in curves.values()]
        best = [max(points, key=lambda point: point.mean) for points in judged if points]
        axis.plot(
            [point.data_h for point in best], [point.mean for point in best], "o", color=f"C{colour + 4}", label=songs
        )
    axis.set_title("best mean of a run", fontsize="medium")
    axis.set_xlabel("hours of songs to learn from")
    axis.legend(fontsize="x-small")


def _row(name: str, point: Point) -> tuple[str, ...]:
    scores = [f"{getattr(point, stem):.2f}" for stem in STEMS]
    heard = f"{point.heard_h:.1f}", f"{point.minutes:.0f}"
    return name, point.network, f"{point.data_h:.1f}", point.songs, *heard, *scores, f"{point.mean:.2f}"


SECTIONS: dict[str, Callable[[Bench], Section]] = {"lite-learning": learning}
