"""The tables of every room are those its migrations make."""

import os
import subprocess
import sys


def test_models_and_migrations_agree(tmp_path):
    environment = {**os.environ, "HYGIE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hygie.node.site.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
