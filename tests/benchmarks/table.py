"""What was measured as rows of text: each beside trace-opt, with what is wanted of it."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import plan
from worker import COLLECT_AFTER

NONE = "–"


@dataclass(frozen=True)
class Row:
    """`is_met` says whether what is wanted is so; None if nothing is, or nothing was measured."""

    work: str
    theirs: str
    ours: str
    ratio: str = ""
    wanted: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, str, str, str, str]:
        mark = {None: "", True: " ✓", False: " ✗"}[self.is_met]
        return self.work, self.theirs, self.ours, self.ratio, self.wanted + mark


def rows(found: dict[str, Any]) -> list[Row]:
    """The table of everything that was measured."""
    return [
        *_times(found["times"]),
        *_streamed(found),
        _imported(found["imported"]),
        *_held(found["held"]),
        *_training(found["training"]),
        *_depth(found["depth"]),
        *_nesting(found["nesting"]),
    ]


def machine() -> dict[str, Any]:
    """What this is measured on."""
    return {"processor": _processor(), "cores": os.cpu_count(), "system": platform.system()}


def caption(found: dict[str, Any]) -> str:
    """How it was measured, and on what."""
    about, ours = found["about"], found["versions"]["ours"]
    theirs = found["versions"].get("theirs")
    beside = f" beside trace-opt {theirs['version']} (Python {theirs['python']})" if theirs else ""
    return (
        f"CPU time, median of {about['rounds']} rounds taken in turn. The cyclic collector's "
        f"threshold is {COLLECT_AFTER:,} in both, as in a traced run. "
        f"trace-lsp {ours['version']} (Python {ours['python']}){beside} "
        f"on {about['processor']}, {about['cores']} cores, {about['system']}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _times(times: dict[str, Any]) -> Iterator[Row]:
    for work, timed in plan.TIMED.items():
        ours, theirs = times[work]["ours"], times[work].get("theirs", {})
        size, *longer = ours
        label = timed.label or work
        yield _faster(label.format(int(size)), theirs.get(size), ours[size], timed.faster)
        if longer:
            yield _longer(label, timed, ours)


def _longer(label: str, timed: plan.Timed, ours: dict[str, Any]) -> Row:
    """The work at its largest size: a node takes as long as in a small graph."""
    first, *_, last = ours
    label = label.format(int(last))
    if any(isinstance(ours[size], dict) for size in (first, last)):
        return _compared(label, None, ours[last], duration, None)
    took, growth = _middle(ours[last]), _middle(ours[last]) / _middle(ours[first])
    text = f"{duration(took)} ({growth:.1f} × that of {int(first):,})"
    if timed.at_most is not None:
        wanted = f"≤ {duration(timed.at_most)}"
        return Row(label, NONE, text, "", wanted, took <= timed.at_most)
    return Row(label, NONE, text, "", f"≤ {plan.GROWTH:g} ×", growth <= plan.GROWTH)


def _streamed(found: dict[str, Any]) -> Iterator[Row]:
    for work, faster in plan.STREAMED.items():
        theirs = found["times"][work].get("theirs", {})
        plain = next(iter(theirs.values()), None)
        yield _faster(f"{work}, streamed to a reader", plain, found["streamed"][work], faster)


def _imported(imported: dict[str, Any]) -> Row:
    row = _faster(
        "importing the engine and OptoPrime",
        imported.get("theirs"),
        imported["ours"],
        plan.IMPORT_FASTER,
    )
    is_quick = _middle(imported["ours"]) <= plan.IMPORT_AT_MOST
    wanted = f"{row.wanted}, ≤ {duration(plan.IMPORT_AT_MOST)}"
    return replace(row, wanted=wanted, is_met=is_quick and row.is_met)


def _held(held: dict[str, Any]) -> Iterator[Row]:
    for kind, fewer in plan.HELD.items():
        theirs = held[kind].get("theirs")
        yield _compared(f"memory of a node: {kind}", theirs, held[kind]["ours"], memory, fewer)


def _training(training: dict[str, Any]) -> Iterator[Row]:
    marks = [f"{mark:,}" for mark in map(int, training["ours"]) if "error" not in training["ours"]]
    label = f"held by a training loop after {' / '.join(marks)} iterations of 20 operations"
    for each, name in (("ours", label), ("run", "the same in a traced run")):
        theirs = training.get("theirs") if each == "ours" else None
        yield _flat(name, theirs, training[each])


def _flat(label: str, theirs: Any, ours: dict[str, Any]) -> Row:
    met = None
    if "error" not in ours:
        first, *_, last = ours.values()
        met = last - first <= plan.TRAINING_GROWTH
    wanted = f"≤ {memory(plan.TRAINING_GROWTH)} more"
    return Row(label, _cell(theirs, _series), _cell(ours, _series), "", wanted, met)


def _series(by_mark: dict[str, int]) -> str:
    return " / ".join(memory(each) for each in by_mark.values())


def _depth(depth: dict[str, Any]) -> Iterator[Row]:
    failed = {step: took["error"] for step, took in depth["steps"].items() if _is_error(took)}
    done = [step for step in depth["steps"] if step not in failed]
    ours = "; ".join(
        [", ".join(done)] * bool(done) + [f"not {step}: {why}" for step, why in failed.items()]
    )
    size = f"{depth['size']:,}"
    yield Row(f"chain of {size} nodes", NONE, ours, "", "all", not failed)
    theirs = _cell(depth["copied"].get("theirs"), "{:,} nodes".format)
    longest = depth["copied"]["ours"] if "copied" in failed else depth["size"]
    yield Row("longest chain that is copied", theirs, _cell(longest, "{:,} nodes".format))


def _nesting(nesting: dict[str, Any]) -> Iterator[Row]:
    ours, run = nesting["ours"], nesting["run"]
    plain = None if _is_error(ours) else ours["plain"]
    label = "bundled calls nest, of the levels that plain ones do"
    theirs = _cell(nesting.get("theirs"), _levels)
    yield _deep(
        Row(label, theirs, _cell(ours, _levels)), ours, plain and plain * plan.NESTING_SHARE
    )
    cell = _cell(run, lambda levels: f"{levels['bundled']:,}")
    yield _deep(Row("the same in a traced run", NONE, cell), run, plain)


def _deep(row: Row, levels: dict[str, Any], least: float | None) -> Row:
    """The row with how many levels are wanted."""
    if least is None or _is_error(levels):
        return row
    return replace(row, wanted=f"≥ {least:,.0f}", is_met=levels["bundled"] >= least)


def _levels(levels: dict[str, int]) -> str:
    share = levels["bundled"] / levels["plain"]
    return f"{levels['bundled']:,} of {levels['plain']:,} ({share:.0%})"


def _faster(label: str, theirs: Any, ours: Any, wanted: float | None) -> Row:
    return _compared(label, _middle(theirs), _middle(ours), duration, wanted)


def _compared(label: str, theirs: Any, ours: Any, show: Any, wanted: float | None) -> Row:
    """Two numbers and how many times smaller ours is."""
    cells = _cell(theirs, show), _cell(ours, show)
    least = "" if wanted is None else f"≥ {wanted:,g} ×"
    if not isinstance(theirs, (int, float)) or not isinstance(ours, (int, float)):
        return Row(label, *cells, "", least)
    ratio = theirs / ours
    met = None if wanted is None else ratio >= wanted
    return Row(label, *cells, f"{amount(ratio, 1)} ×", least, met)


def _middle(samples: Any) -> Any:
    """The median; what is no list of samples is returned as it is."""
    return statistics.median(samples) if isinstance(samples, list) else samples


def _is_error(found: Any) -> bool:
    return isinstance(found, dict) and "error" in found


def _cell(found: Any, show: Any) -> str:
    if found is None:
        return NONE
    return f"failed: {found['error']}" if _is_error(found) else str(show(found))


def duration(seconds: float) -> str:
    """In the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{amount(seconds / size)} {unit}"
    return f"{amount(seconds * 1e6)} µs"


def memory(size: float) -> str:
    """In the unit that fits."""
    for unit, unit_size in (("MB", 1e6), ("kB", 1e4)):
        if abs(size) >= unit_size:
            return f"{amount(size / {'MB': 1e6, 'kB': 1e3}[unit])} {unit}"
    return f"{size:,.0f} B"


def amount(number: float, digits: int = 2) -> str:
    """About three digits of it."""
    return f"{number:,.{max(0, digits - (number >= 10) - (number >= 100))}f}"
