"""What a program draws where there is no display is saved, and listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.running import traced

DRAWS = """\
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
plt.figure()
plt.plot([3, 2, 1])
plt.show()
"""


@pytest.fixture(autouse=True)
def _no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND"):
        monkeypatch.delenv(name, raising=False)


def test_figures_are_saved(tmp_path: Path) -> None:
    trace = traced(tmp_path, DRAWS)
    assert trace.outcome.kind == "finished", trace.output
    assert [Path(each).name for each in trace.figures] == ["figure-1.png", "figure-2.png"]
    assert all(Path(each).read_bytes().startswith(b"\x89PNG") for each in trace.figures)


def test_a_failing_program_shows_what_it_drew(tmp_path: Path) -> None:
    assert len(traced(tmp_path, f"{DRAWS}1 / 0").figures) == 2


@pytest.mark.parametrize("ending", ["plt.close('all')", "plt.switch_backend('svg')"])
def test_figures_that_are_closed_or_drawn_elsewhere_are_left_alone(
    tmp_path: Path, ending: str
) -> None:
    trace = traced(tmp_path, DRAWS + ending)
    assert (trace.outcome.kind, trace.figures) == ("finished", ())


def test_without_a_figure_there_is_none(tmp_path: Path) -> None:
    assert traced(tmp_path, "import matplotlib.pyplot").figures == ()
    assert traced(tmp_path, "print(1)").figures == ()
