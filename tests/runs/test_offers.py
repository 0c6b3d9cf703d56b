"""What is offered to run from a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from runs.projects import HERE, entries_of, output_of, shop_in
from trace_lsp.runs.configuration import Limits, TestLaunch
from trace_lsp.runs.launches import LaunchEntry, launch_file
from trace_lsp.runs.offers import Offers, offers_for, plan_of
from trace_lsp.runs.process import run
from trace_lsp.runs.variables import Place


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shop_in(tmp_path)


def offered(shop: Path, file: str) -> tuple[Offers, Place]:
    place = Place(str(shop), str(shop / file))
    return offers_for((shop / file).read_text("utf-8"), place), place


def test_a_programs_offers(shop: Path) -> None:
    found, _ = offered(shop, "prices.py")
    assert [(each.id, each.label, bool(each.refusal)) for each in found.offers] == [
        ("file", "Current file", False),
        ("launch:Sell", "Sell", False),
        ("launch:Current file", "Current file", False),
        ("launch:Module", "Module", False),
        ("launch:Ask", "Ask", True),
        ("launch:Pick", "Pick", True),
        ("launch:Sell#2", "Sell", True),
        ("project:sell", "sell", False),
        ("project:all tests", "all tests", False),
        ("project:count", "count", False),
        ("project:total", "total", False),
    ]
    refusals = {each.id: each.refusal for each in found.offers}
    assert "${input:name}" in refusals["launch:Ask"]
    assert refusals["launch:Sell#2"] == f"The program {shop}/gone.py is not there."
    assert [each.name for each in found.left_out] == ["Running", "All"]
    for each in found.offers:
        path = Path(each.file)
        assert path in (shop / "prices.py", Path(launch_file(str(shop))), shop / "pyproject.toml")
        assert 1 <= each.line <= len(path.read_text().splitlines())


def test_what_can_be_run_is_run(shop: Path) -> None:
    found, place = offered(shop, "tools/count.py")
    runs = {each.id: plan_of(each.source, place) for each in found.offers if not each.refusal}
    assert output_of(runs["file"]) == output_of(runs["launch:Current file"]) == "45\n"


def test_a_test_files_offers(shop: Path) -> None:
    found, place = offered(shop, "tests/test_prices.py")
    tests = [each for each in found.offers if each.id.startswith("test:")]
    assert [(each.id, each.label) for each in tests[:3]] == [
        ("test:tests/test_prices.py", "All of tests/test_prices.py"),
        ("test:tests/test_prices.py::test_total", "test_total"),
        ("test:tests/test_prices.py::test_later", "test_later"),
    ]
    inner = tests[-3]
    assert inner.label == "TestSale::TestNested::test_inner"
    plan = plan_of(inner.source, place)
    assert plan.launch == TestLaunch(("tests/test_prices.py::TestSale::TestNested::test_inner",))
    assert plan.directory == str(shop)
    assert not any(each.refusal for each in tests)


def test_nothing_of_it_is_imported_or_started(shop: Path) -> None:
    text = "raise SystemExit('it was run')\ndef test_a(): pass\n"
    found = offers_for(text, Place(str(shop), str(shop / "test_new.py")))
    assert "test:test_new.py::test_a" in [each.id for each in found.offers]


def test_a_broken_file_hides_nothing_else(shop: Path) -> None:
    Path(launch_file(str(shop))).write_text("{")
    (shop / "pyproject.toml").write_text("[")
    found = offers_for("def test(:", Place(str(shop), str(shop / "test_x.py")))
    assert [each.id for each in found.offers] == ["file"]
    assert [each.name for each in found.left_out] == ["launch.json", "pyproject.toml", "tests"]
    assert "is not JSON" in found.left_out[0].reason


def test_the_nearest_project(shop: Path) -> None:
    inner = shop / "tools" / "pyproject.toml"
    inner.write_text('[tool.trace-lsp.runs.near]\nprogram = "count.py"\n')
    found, place = offered(shop, "tools/count.py")
    near = next(each for each in found.offers if each.id.startswith("project:"))
    assert (near.id, near.file, near.refusal) == ("project:near", str(inner), "")
    assert output_of(plan_of(near.source, place)) == "45\n"


def test_no_workspace_files(tmp_path: Path) -> None:
    found = offers_for("print(1)\n", Place(str(tmp_path), str(tmp_path / "a.py")))
    assert [each.id for each in found.offers] == ["file"]
    assert found.left_out == ()


def test_a_module_that_is_installed(tmp_path: Path) -> None:
    entries_of({"module": "http.server"}, folder=tmp_path)
    place = Place(str(tmp_path), str(tmp_path / "a.py"))
    offer = offers_for("print(1)\n", place).offers[1]
    assert offer.refusal
    assert plan_of(offer.source, place).program == ""


def test_a_working_directory_that_is_not_there(tmp_path: Path) -> None:
    entries_of({"program": "${file}", "cwd": "gone"}, folder=tmp_path)
    found = offers_for("print(1)\n", Place(str(tmp_path), str(tmp_path / "a.py")))
    assert found.offers[1].refusal == f"The working directory {tmp_path}/gone is not there."


def test_ids_stay_when_other_runs_come(shop: Path) -> None:
    path = Path(launch_file(str(shop)))
    before, _ = offered(shop, "prices.py")
    new = {"name": "New", "type": "debugpy", "request": "launch", "program": "a.py"}
    sources = [each.source for each in before.offers]
    others = [dict(each.data) for each in sources if isinstance(each, LaunchEntry)]
    path.write_text(json.dumps({"configurations": [new, *others]}))
    after, _ = offered(shop, "prices.py")
    assert {each.id for each in after.offers} == {each.id for each in before.offers} | {
        "launch:New"
    }


@pytest.mark.parametrize(
    ("file", "id", "kind"),
    [
        ("prices.py", "project:total", "finished"),
        ("prices.py", "project:all tests", "raised"),  # pytest alone runs no async test
        ("tests/test_prices.py", "test:tests/test_prices.py::test_total", "finished"),
        ("prices.py", "launch:Module", "finished"),
    ],
)
def test_each_kind_is_run(shop: Path, file: str, id: str, kind: str) -> None:
    found, place = offered(shop, file)
    plan = next(plan_of(each.source, place) for each in found.offers if each.id == id)

    async def no_step(request: object) -> dict[str, object]:
        raise AssertionError(request)

    configuration = plan.configuration(HERE, Limits())
    text = Path(plan.program).read_text()
    trace = asyncio.run(run(configuration, text, on_event=id_of, answer_step=no_step))
    assert trace.outcome.kind == kind, trace.output


def id_of(event: object) -> None:
    """Hears nothing."""
