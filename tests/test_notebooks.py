"""The lessons run in a kernel, and what they serve there can be talked to from outside."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from websockets.sync.client import connect

from workbook.catalogue import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DEADLINE = 60


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_client_outside_talks_to_the_servers_inside(path: Path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=DEADLINE, resources={"metadata": {"path": str(path.parent)}}
    )
    with client.setup_kernel(env={**os.environ}):
        for index, cell in enumerate(list(notebook.cells)):
            client.execute_cell(cell, index)
        ports = ask(
            client,
            "from workbook import live\n"
            "for server in live._servers:\n"
            "    routes = [r for r in server.app.routes if 'WebSocket' in type(r).__name__]\n"
            "    print(server.port, *[route.path for route in routes])",
        )
        for line in ports.splitlines():
            port, *paths = line.split()
            talk(int(port), paths)
    if path.name.startswith("02"):
        assert ports, "lesson 02 leaves its last server running"


def ask(client: NotebookClient, source: str) -> str:
    """What a cell prints that is run in the notebook's kernel."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return "".join(output.get("text", "") for output in cell.outputs)


def talk(port: int, paths: list[str]) -> None:
    """A handshake with each endpoint without parameters: let in, or refused in words."""
    for path in paths:
        if "{" in path:
            continue
        try:
            with connect(f"ws://127.0.0.1:{port}{path}", proxy=None, open_timeout=5) as client:
                client.send("hello from outside")
        except Exception as refusal:
            assert "HTTP 40" in str(refusal)
