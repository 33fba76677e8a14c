"""Pages of ``notebooks/pages/`` below a cell, connected to live servers.

A page is put into a frame as it is, with the scripts and styles that it names. It finds its
server by itself: directly on one's own machine, through jupyter-server-proxy on Binder and
JupyterHub (``serverAddress()`` in pages/common.js). What it has to know, the server's port and the
query, stands in the frame's ``data-query``.
"""

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from IPython.display import IFrame

if TYPE_CHECKING:
    from workbook.live import Server

PAGES = Path(__file__).parents[1] / "notebooks" / "pages"


def show(page: str | Path, *servers: "Server", height: int = 320, **query: Any) -> "Panes":
    """Show a page once for each server, side by side.

    Args:
        page: the name of a file in ``notebooks/pages/``, or the path of another one.
        servers: running servers; a pane each.
        height: of the panes, in pixels.
        query: ``path="/rooms/tea"`` is where the WebSocket is (``/ws`` if not given) and
            ``via="proxy"`` goes through Jupyter's proxy even where that seems unnecessary; all
            else goes to the server as the query of the address. A list has one value a pane:
            ``show("chat.html", server, username=["Ada", "Grace"])`` is two panes.

    Raises:
        FileNotFoundError: no such page; the message names those there are.
    """
    lists = [value for value in query.values() if isinstance(value, list)]
    panes = max(len(servers), *map(len, lists), 1)
    return Panes(
        _found(page),
        [
            {"port": servers[i % len(servers)].port if servers else 8000}
            | {name: v[i % len(v)] if isinstance(v, list) else v for name, v in query.items()}
            for i in range(panes)
        ],
        height,
    )


class Panes:
    """One page in one or more frames; a notebook shows it as the value of a cell."""

    def __init__(self, page: Path, settings: list[dict[str, Any]], height: int) -> None:
        self._page, self._settings, self._height = page, settings, height

    def __repr__(self) -> str:
        ports = ", ".join(str(setting["port"]) for setting in self._settings)
        return f"<{self._page.name} connected to port {ports}; a notebook shows it>"

    def _repr_html_(self) -> str:
        content = escape(_self_contained(self._page))
        width = f"{100 // len(self._settings) - (len(self._settings) > 1)}%"
        return " ".join(
            IFrame("about:blank", width, self._height, _attributes(content, setting, self._page))
            ._repr_html_()
            .strip()
            for setting in self._settings
        )


def _attributes(content: str, setting: dict[str, Any], page: Path) -> list[str]:
    return [
        f'title="{escape(page.name)} on port {setting["port"]}"',
        f'data-query="{escape(urlencode(setting))}"',
        f'srcdoc="{content}"',
        'style="vertical-align: top"',  # else panes stand a few pixels lower than one another
    ]


def _found(page: str | Path) -> Path:
    for path in (PAGES / page, Path(page)):
        if path.is_file():
            return path
    names = ", ".join(sorted(path.name for path in PAGES.glob("*.html")))
    raise FileNotFoundError(f"There is no page {str(page)!r}; there are {names}.")


def _self_contained(page: Path) -> str:
    """The page's text with data addresses in place of the scripts and styles beside it.

    A frame that is filled with text has no folder from which it could load them.
    """
    text = page.read_text(encoding="utf-8")
    for part in [*page.parent.glob("*.css"), *page.parent.glob("*.js")]:
        kind = {".css": "text/css", ".js": "text/javascript"}[part.suffix]
        data = base64.b64encode(part.read_bytes()).decode()
        text = text.replace(f'"{part.name}"', f'"data:{kind};charset=utf-8;base64,{data}"')
    return text
