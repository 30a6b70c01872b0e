"""Packages with engines, as an installer leaves them: modules beside what names their engines."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path


def install(site: Path, name: str, version: str, modules: dict[str, str], points: str) -> Path:
    """Lay a package out in `site`, a folder on Python's path; `points` is its entry_points.txt."""
    site.mkdir(parents=True, exist_ok=True)
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text, "utf-8")
    about = site / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(points)
    return site


def install_project(site: Path, project: Path) -> Path:
    """Lay out a project of plain modules as its pyproject.toml says."""
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    wheel = about["tool"]["hatch"]["build"]["targets"]["wheel"]
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in named.items())
        for group, named in about["project"]["entry-points"].items()
    )
    install(site, about["project"]["name"], about["project"]["version"], {}, points)
    for module in wheel["include"]:
        shutil.copy(project / module, site / module)
    return site


def uninstall(site: Path) -> None:
    """Remove everything that was laid out there."""
    shutil.rmtree(site)
