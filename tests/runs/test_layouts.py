"""Environments as poetry, uv, conda, pipenv, hatch and pyenv lay them out."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runs.running import needs
from trace_lsp.errors import InterpreterMissing
from trace_lsp.runs.interpreter import find_interpreter
from trace_lsp.runs.layouts import made_for

Place = Callable[[str], Path]


def environment_at(folder: Path, python: str = sys.executable) -> str:
    """An environment there, which is a link to a real interpreter; the interpreter's path."""
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.symlink_to(python)
    return str(path)


def digest(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(str(path).encode()).digest()).decode()[:8]


class Machine:
    """A home and a workspace on a machine that has nothing else."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.workspace = folder / "My Shop"
        self.workspace.mkdir()
        self.environment = {"HOME": str(self.home), "PATH": str(folder)}

    def found(self, **environment: str) -> tuple[str, str]:
        interpreter = find_interpreter(str(self.workspace), "", {**self.environment, **environment})
        return interpreter.path, interpreter.reason

    def finds_nothing(self, **environment: str) -> bool:
        return self.found(**environment)[1] == "the one that runs trace-lsp"

    def write(self, name: str, text: str) -> None:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_there(machine: Machine) -> None:
    assert machine.finds_nothing()


def test_poetrys_name_is_what_poetry_calls_it(tmp_path: Path) -> None:
    # As `poetry env info` says it of a project without a name in that folder.
    name = "non-package-mode-EmmeLfDL-py3.12"
    python = environment_at(tmp_path / ".cache" / "pypoetry" / "virtualenvs" / name)
    assert (python, "the project's poetry environment") in list(
        made_for("/nowhere/shop", {"HOME": str(tmp_path)})
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="its cache is elsewhere there")
@pytest.mark.parametrize("table", ["project", "tool.poetry"])
def test_poetry(machine: Machine, table: str) -> None:
    machine.write("pyproject.toml", f'[{table}]\nname = "My_Shop.x"\n')
    places = machine.home / ".cache" / "pypoetry" / "virtualenvs"
    base = f"my-shop-x-{digest(machine.workspace)}"
    older = environment_at(places / f"{base}-py3.9")
    reason = "the project's poetry environment"
    assert machine.found() == (older, reason)
    newer = environment_at(places / f"{base}-py3.10")
    environment_at(places / "other-xxxxxxxx-py3.13")
    assert machine.found() == (newer, reason)
    (places / "envs.toml").write_text(f'["{base}"]\nminor = "3.9"\npatch = "3.9.1"\n')
    assert machine.found() == (older, reason)


def test_poetry_elsewhere(machine: Machine) -> None:
    machine.write("pyproject.toml", '[tool.poetry]\nname = "shop"\n')
    name = f"shop-{digest(machine.workspace)}-py3.11"
    listed = environment_at(machine.home / "listed" / name)
    assert machine.finds_nothing()
    assert machine.found(POETRY_VIRTUALENVS_PATH="~/listed")[0] == listed
    cached = environment_at(machine.home / "cache" / "virtualenvs" / name)
    assert machine.found(POETRY_CACHE_DIR=str(machine.home / "cache"))[0] == cached
    machine.write("poetry.toml", '[virtualenvs]\npath = "{cache-dir}/virtualenvs"\n')
    assert machine.found(POETRY_CACHE_DIR=str(machine.home / "cache"))[0] == cached
    machine.write("poetry.toml", f'[virtualenvs]\npath = "{machine.home}/listed"\n')
    assert machine.found()[0] == listed


def test_uv(machine: Machine) -> None:
    python = environment_at(machine.workspace / "env")
    assert machine.finds_nothing()
    assert machine.found(UV_PROJECT_ENVIRONMENT="env") == (python, "uv's UV_PROJECT_ENVIRONMENT")
    dotted = environment_at(machine.workspace / ".venv")
    assert machine.found(UV_PROJECT_ENVIRONMENT="env") == (dotted, "the workspace's .venv")


def test_conda_that_is_active(machine: Machine) -> None:
    active = environment_at(machine.home / "active")
    prefix = str(machine.home / "active")
    assert machine.found(CONDA_PREFIX=prefix) == (active, "the active conda environment")
    assert machine.finds_nothing(CONDA_PREFIX=prefix, CONDA_DEFAULT_ENV="base")


def test_conda_in_the_workspace(machine: Machine) -> None:
    python = environment_at(machine.workspace / ".conda")
    assert machine.found() == (python, "the workspace's .conda")


@pytest.mark.parametrize("line", ["name: shop", "name:   'shop'  # ours", 'name: "shop"'])
@pytest.mark.parametrize("root", ["miniconda3/envs", "miniforge3/envs", ".conda/envs"])
def test_conda_by_the_name_in_a_file(machine: Machine, line: str, root: str) -> None:
    machine.write("environment.yml", f"# ours\n{line}\ndependencies:\n  - python\n")
    python = environment_at(machine.home / root / "shop")
    reason = "the conda environment shop, which environment.yml names"
    assert machine.found() == (python, reason)


def test_conda_in_other_roots(machine: Machine) -> None:
    machine.write("environment.yaml", "name: shop\n")
    listed = environment_at(machine.home / "far" / "shop")
    (machine.home / ".conda").mkdir()
    (machine.home / ".conda" / "environments.txt").write_text(
        f"/gone/shop\n{machine.home}/far/shop\n"
    )
    assert machine.found()[0] == listed
    mambas = environment_at(machine.home / "mamba" / "envs" / "shop")
    assert machine.found(MAMBA_ROOT_PREFIX=str(machine.home / "mamba"))[0] == mambas
    assert machine.found(CONDA_EXE=str(machine.home / "mamba" / "bin" / "conda"))[0] == mambas
    assert machine.found(CONDA_ENVS_PATH=f"/gone:{machine.home / 'mamba' / 'envs'}")[0] == mambas


@pytest.mark.skipif(sys.platform == "darwin", reason="its data is elsewhere there")
def test_pipenv(machine: Machine) -> None:
    name = f"My_Shop-{digest(machine.workspace / 'Pipfile')}"
    places = machine.home / ".local" / "share" / "virtualenvs"
    python = environment_at(places / name)
    assert machine.finds_nothing()
    machine.write("Pipfile", "[packages]\n")
    assert machine.found() == (python, "the project's pipenv environment")
    other = environment_at(machine.home / "work" / f"{name}-3.9")
    assert machine.found(WORKON_HOME=str(machine.home / "work"))[0] == other


def test_pipenv_by_name(machine: Machine) -> None:
    machine.write("Pipfile", "[packages]\n")
    work = machine.home / "work"
    ours, inside = (
        environment_at(work / "ours"),
        environment_at(machine.workspace / "envs" / "mine"),
    )
    assert machine.found(WORKON_HOME=str(work), PIPENV_CUSTOM_VENV_NAME="ours")[0] == ours
    machine.write(".venv", "ours\n")
    assert machine.found(WORKON_HOME=str(work))[0] == ours
    machine.write(".venv", "envs/mine\n")
    assert machine.found(WORKON_HOME=str(work))[0] == inside


@pytest.mark.skipif(sys.platform == "darwin", reason="its data is elsewhere there")
def test_hatch(machine: Machine) -> None:
    machine.write("pyproject.toml", '[project]\nname = "My_Shop.x"\n')
    places = machine.home / ".local" / "share" / "hatch" / "env" / "virtual"
    python = environment_at(places / "my-shop-x" / digest(machine.workspace) / "my-shop-x")
    assert machine.found() == (python, "the project's hatch environment")


def test_hatch_by_path(machine: Machine) -> None:
    machine.write("pyproject.toml", '[tool.hatch.envs.default]\npath = "envs/mine"\n')
    mine, other = (environment_at(machine.workspace / "envs" / name) for name in ("mine", "other"))
    assert machine.found()[0] == mine
    assert machine.found(HATCH_ENV_TYPE_VIRTUAL_PATH="envs/other")[0] == other
    machine.write("hatch.toml", '[envs.default]\npath = "envs/other"\n')
    assert machine.found()[0] == other


def test_pyenv(machine: Machine) -> None:
    versions = machine.home / ".pyenv" / "versions"
    machine.write("../.python-version", "# ours\n2.8.9\n3.9\n")
    assert machine.finds_nothing()
    older = environment_at(versions / "3.9.2")
    assert machine.found() == (older, "pyenv's 3.9.2, which .python-version names")
    newer = environment_at(versions / "3.9.18")
    environment_at(versions / "3.91.0")
    assert machine.found()[0] == newer
    machine.write(".python-version", "system\n")
    assert machine.finds_nothing()
    own = environment_at(machine.home / "roots" / "versions" / "shop")
    machine.write(".python-version", "shop")
    assert machine.found(PYENV_ROOT=str(machine.home / "roots"))[0] == own


def test_a_tools_environment_goes_before_a_bare_python(machine: Machine) -> None:
    environment_at(machine.home / ".pyenv" / "versions" / "3.9")
    machine.write(".python-version", "3.9")
    machine.write("pyproject.toml", '[tool.hatch.envs.default]\npath = "env"\n')
    environment_at(machine.workspace / "env")
    assert machine.found()[1] == "the project's hatch environment"


@pytest.mark.parametrize(
    "text", ["[", "tool = 1", "tool = { poetry = [], hatch = { envs = 1 } }", "[project]\nname = 3"]
)
def test_files_that_say_nothing_useful(machine: Machine, text: str) -> None:
    for name in ("pyproject.toml", "poetry.toml", "hatch.toml", "environment.yml"):
        machine.write(name, text)
    (machine.workspace / "Pipfile").write_bytes(b"\xff")
    (machine.workspace / ".python-version").write_bytes(b"\xff")
    assert machine.finds_nothing()


def test_a_name_that_looks_like_a_pattern(machine: Machine) -> None:
    environment_at(machine.home / ".pyenv" / "versions" / "3.9.2")
    machine.write(".python-version", "*")
    assert machine.finds_nothing()


def test_the_editors_choice_goes_before_all(machine: Machine) -> None:
    chosen = environment_at(machine.workspace / "chosen")
    environment_at(machine.workspace / ".venv")
    found = find_interpreter(
        str(machine.workspace), sys.executable, {"VIRTUAL_ENV": "/gone"}, client="chosen/bin/python"
    )
    assert (found.path, found.reason) == (chosen, "chosen in the editor")
    with pytest.raises(InterpreterMissing, match="/gone/python"):
        find_interpreter(str(machine.workspace), sys.executable, {}, client="/gone/python")


def test_a_tools_environment_that_cannot_run_is_not_passed_over(machine: Machine) -> None:
    python = Path(environment_at(machine.workspace / ".conda"))
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(InterpreterMissing, match=r"\.conda"):
        machine.found()


def test_an_interpreter_is_asked_once_until_it_is_another(machine: Machine) -> None:
    path = machine.workspace / ".venv" / "bin" / "python"
    environment_at(machine.workspace / ".venv", os.path.realpath(sys.executable))
    find = lambda: find_interpreter(str(machine.workspace), "", {}).version  # noqa: E731
    here = sys.version_info[:2]
    assert find() == here
    other = "3.9" if here != (3, 9) else "3.12"
    path.unlink()
    path.symlink_to(os.path.realpath(needs(other)))
    assert find() == tuple(map(int, other.split(".")))


def test_a_script_is_asked_each_time(machine: Machine) -> None:
    asked = machine.home / "asked"
    machine.home.mkdir()
    shim = machine.workspace / ".venv" / "bin" / "python"
    shim.parent.mkdir(parents=True)
    shim.write_text(f'#!/bin/sh\necho once >> {asked}\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    machine.found()
    machine.found()
    assert asked.read_text().split() == ["once", "once"]


def test_a_binary_is_not_asked_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    python = environment_at(machine.workspace / ".venv", os.path.realpath(sys.executable))
    assert machine.found()[0] == python
    # Without a process there is no answer but the one that is kept.
    monkeypatch.setattr("trace_lsp.runs.interpreter.subprocess.run", None)
    assert machine.found()[0] == python
