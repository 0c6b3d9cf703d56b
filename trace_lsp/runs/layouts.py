"""Where tools keep the environment that they made for a project.

Each place is worked out as the tool documents it, and the tool is not run. A file of a tool's that
cannot be read says nothing here.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trace_lsp.runs.project_file import project_file, read_toml

Environment = Mapping[str, str]
Found = Iterator[tuple[Path, str]]

# What pipenv puts an underscore for in a folder's name.
_NOT_IN_PIPENVS = re.compile(r'[ &$`!*@"()\[\]\\\r\n\t]')
_LONGEST_NAME = 42

_CONDA_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda")
_SYSTEMS_CONDA_ROOTS = ("/opt/conda", "/opt/miniconda3", "/opt/anaconda3", "/opt/miniforge3")


def made_for(workspace: str, environment: Environment) -> Iterator[tuple[str, str]]:
    """The interpreters of the environments that tools made for the workspace, with what each is.

    In the order poetry, uv, conda, pipenv, hatch, pyenv: the last only names a Python, which need
    not have what the project needs.
    """
    for layout in (_poetry, _uv, _conda, _pipenv, _hatch, _pyenv):
        for folder, reason in layout(Path(workspace), environment):
            if python := python_in(folder):
                yield python, reason


def python_in(folder: str | Path) -> str | None:
    """The interpreter of an environment, by the environment's folder."""
    for relative in ("bin/python", "Scripts/python.exe", "python.exe"):
        path = os.path.join(folder, relative)
        if os.path.isfile(path):
            return path
    return None


def _poetry(workspace: Path, environment: Environment) -> Found:
    """The environment that poetry took last, or else the one of the newest Python. One in the project
    is its .venv."""
    places = _poetrys_places(workspace, environment)
    base = _poetrys_name(workspace)
    taken = _said(_toml(places / "envs.toml"), base, "minor")
    made = sorted(places.glob(f"{_literal(base)}-py*"), key=_version_of, reverse=True)
    for folder in ([places / f"{base}-py{taken}"] if taken else []) + made:
        yield folder, "the project's poetry environment"


def _poetrys_name(workspace: Path) -> str:
    project = _toml(Path(project_file(str(workspace))))
    name = _said(project, "project", "name") or _said(project, "tool", "poetry", "name")
    name = _normal(name or "non-package-mode")[:_LONGEST_NAME]
    return f"{name}-{_digest(os.path.normcase(os.path.realpath(workspace)))}"


def _poetrys_places(workspace: Path, environment: Environment) -> Path:
    """The folder of all environments: as the variable says, the project's settings, or the user's."""
    user = _user_folder("config", environment) / "pypoetry" / "config.toml"
    settings = [_toml(workspace / "poetry.toml"), _toml(user)]
    caches = [environment.get("POETRY_CACHE_DIR"), *(_said(each, "cache-dir") for each in settings)]
    cache = next(filter(None, caches), str(_user_folder("cache", environment) / "pypoetry"))
    paths = [_said(each, "virtualenvs", "path") for each in settings]
    named = [environment.get("POETRY_VIRTUALENVS_PATH"), *paths, "{cache-dir}/virtualenvs"]
    path = next(filter(None, named)).replace("{cache-dir}", cache)
    return workspace / _expanded(path, environment)


def _uv(workspace: Path, environment: Environment) -> Found:
    """The environment that the variable names; all others are the project's .venv."""
    if named := environment.get("UV_PROJECT_ENVIRONMENT"):
        yield workspace / _expanded(named, environment), "uv's UV_PROJECT_ENVIRONMENT"


def _conda(workspace: Path, environment: Environment) -> Found:
    """The active environment, but conda's base, which is nobody's in particular; then the
    workspace's own; then the one that its environment.yml names."""
    active = environment.get("CONDA_PREFIX")
    if active and environment.get("CONDA_DEFAULT_ENV") != "base":
        yield Path(active), "the active conda environment"
    yield workspace / ".conda", "the workspace's .conda"
    for file in ("environment.yml", "environment.yaml"):
        if name := _conda_name(workspace / file):
            for folder in _conda_folders(name, environment):
                yield folder, f"the conda environment {name}, which {file} names"


def _conda_name(file: Path) -> str:
    """The name in an environment.yml, which stands on a line of its own."""
    found = re.search(r"""^name:\s*["']?([^\s"'#]+)""", _text(file), re.MULTILINE)
    return found[1] if found else ""


def _conda_folders(name: str, environment: Environment) -> Iterator[Path]:
    home = _home(environment)
    listed = environment.get("CONDA_ENVS_PATH", "") or environment.get("CONDA_ENVS_DIRS", "")
    for place in filter(None, listed.split(os.pathsep)):
        yield Path(place, name)
    for root in _conda_roots(environment):
        yield root if name == "base" else root / "envs" / name
    for line in _text(home / ".conda" / "environments.txt").splitlines():
        if os.path.basename(line.strip()) == name:
            yield Path(line.strip())


def _conda_roots(environment: Environment) -> Iterator[Path]:
    if root := environment.get("MAMBA_ROOT_PREFIX"):
        yield Path(root)
    if program := environment.get("CONDA_EXE"):
        yield Path(program).parent.parent
    home = _home(environment)
    yield from (home / name for name in _CONDA_ROOTS)
    yield from map(Path, _SYSTEMS_CONDA_ROOTS)


def _pipenv(workspace: Path, environment: Environment) -> Found:
    """The environment in the folder of all, or where the project's file .venv says. One in the
    project is its .venv."""
    pipfile = workspace / "Pipfile"
    if not pipfile.is_file():
        return
    home = environment.get("WORKON_HOME")
    places = Path(_expanded(home, environment)) if home else _data(environment) / "virtualenvs"
    reason = "the project's pipenv environment"
    if named := _text(workspace / ".venv").strip():
        yield (workspace if os.sep in named else places) / named, reason
    if chosen := environment.get("PIPENV_CUSTOM_VENV_NAME"):
        yield places / chosen, reason
    cleaned = _NOT_IN_PIPENVS.sub("_", workspace.name)[:_LONGEST_NAME]
    for path in _paths(pipfile):
        name = f"{cleaned}-{_digest(path)}"
        # With another Python than the default its name comes after.
        for folder in [places / name, *sorted(places.glob(f"{_literal(name)}-*"))]:
            yield folder, reason


def _hatch(workspace: Path, environment: Environment) -> Found:
    """The project's default environment."""
    project = _toml(Path(project_file(str(workspace))))
    name = _normal(_said(project, "project", "name"))
    default = ("envs", "default", "path")
    named = _said(_toml(workspace / "hatch.toml"), *default) or _said(
        project, "tool", "hatch", *default
    )
    reason = "the project's hatch environment"
    if path := environment.get("HATCH_ENV_TYPE_VIRTUAL_PATH") or named:
        yield workspace / path, reason
    data = environment.get("HATCH_DATA_DIR")
    places = (Path(data) if data else _data(environment) / "hatch") / "env" / "virtual"
    for path in _paths(workspace):
        if name:
            yield places / name / _digest(path) / name, reason


def _pyenv(workspace: Path, environment: Environment) -> Found:
    """The first version that the nearest .python-version names and that is installed."""
    root = environment.get("PYENV_ROOT")
    versions = (Path(root) if root else _home(environment) / ".pyenv") / "versions"
    files = [str(each / ".python-version") for each in (workspace, *workspace.parents)]
    file = next(filter(os.path.isfile, files), "")
    for line in _text(Path(file)).splitlines():
        name = line.partition("#")[0].strip().removeprefix("python-")
        # A version that is not whole means the latest that begins so.
        latest = sorted(versions.glob(f"{_literal(name)}.*"), key=_version_of, reverse=True)
        for folder in [versions / name, *latest] if name else ():
            yield folder, f"pyenv's {folder.name}, which .python-version names"


def _normal(name: str) -> str:
    """A project's name as all spellings of it are written."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _digest(text: str) -> str:
    """The eight letters that poetry, pipenv and hatch tell projects of one name apart by."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())[:8].decode()


def _paths(path: Path) -> list[str]:
    """The path as it is, and without links: which of them a tool saw depends on where it was run."""
    return list(dict.fromkeys([os.path.abspath(path), os.path.realpath(path)]))


def _version_of(folder: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", folder.name.rpartition("-py")[2])]


def _literal(name: str) -> str:
    """The name as a pattern that only it matches."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _home(environment: Environment) -> Path:
    return Path(environment.get("HOME") or os.path.expanduser("~"))


def _expanded(path: str, environment: Environment) -> str:
    return re.sub(r"^~(?=/|$)", lambda match: str(_home(environment)), path)


def _data(environment: Environment) -> Path:
    """Where pipenv, and hatch on Linux, keep their data."""
    return _user_folder("data", environment)


def _user_folder(kind: str, environment: Environment) -> Path:
    """The user's folder of that kind, as the system has it."""
    usual, macs = _USER_FOLDERS[kind]
    if chosen := environment.get(f"XDG_{kind.upper()}_HOME"):
        return Path(chosen)
    return _home(environment) / (macs if sys.platform == "darwin" else usual)


_USER_FOLDERS = {
    "cache": (".cache", "Library/Caches"),
    "config": (".config", "Library/Application Support"),
    "data": (".local/share", "Library/Application Support"),
}


def _toml(file: Path) -> dict[str, Any]:
    try:
        return read_toml(str(file))
    except (OSError, ValueError):
        return {}


def _said(data: object, *keys: str) -> str:
    """The text under those keys, one in the other; "" if there is none, or something else."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
