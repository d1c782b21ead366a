"""The import contracts hold; what they are is in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from lti_tool.settings import ROOT


def test_packages_depend_downwards_only() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
