"""LibreOffice, as a clerk would open the files with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def converted(path: Path, to: str, folder: Path) -> Path:
    """A file as LibreOffice opens it and saves it in a format."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "LibreOffice is missing: apt-get install libreoffice-writer-nogui"
    folder.mkdir(exist_ok=True)
    profile = folder / "profile"
    command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", to]
    done = subprocess.run(
        [*command, "--outdir", str(folder), str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    made = folder / f"{path.stem}.{to.partition(':')[0]}"
    assert made.exists(), done.stderr + done.stdout
    return made
