"""A page that lists the operations of the document: one file, no script, nothing fetched."""

from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 .25rem; }
p { margin: .25rem 0; color: #555; }
dt { margin-top: .75rem; font-family: ui-monospace, monospace; }
dt b { display: inline-block; width: 4.5rem; }
dd { margin-left: 4.5rem; }
code { color: #555; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } p, code { color: #999; } a { color: #8bf; } }
"""


def page(document: dict[str, Any]) -> str:
    """The document as HTML."""
    info = document["info"]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])} API</h1><p>{escape(info['description'])}</p>"
        '<p><a href="/api/v1/openapi.json">OpenAPI document</a></p>' + "".join(_sections(document)) + "</html>"
    )


def _sections(document: dict[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p><dl>"
        for path, verbs in document["paths"].items():
            for verb, operation in verbs.items():
                if tag["name"] in operation["tags"]:
                    yield _line(path, verb, operation)
        yield "</dl>"


def _line(path: str, verb: str, operation: dict[str, Any]) -> str:
    rights = ", ".join(right for scheme in operation["security"] for right in scheme["bearer"]) or "open to all"
    names = ", ".join(parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query")
    asked = f" <code>?{escape(names)}</code>" if names else ""
    return (
        f"<dt><b>{verb.upper()}</b>{escape(path)}{asked}</dt>"
        f"<dd>{escape(operation['summary'])} <code>{escape(rights)}</code></dd>"
    )
