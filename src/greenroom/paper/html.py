"""A document as one HTML file: no script, nothing loaded from anywhere, its own style for screen, dark screen and paper (A4 and Letter)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from greenroom.paper.document import Block, Document, Heading, Listing, Paragraph, Quote, Table, shown

CSS = """
:root { color-scheme: light dark; --ink: #1d211d; --soft: #575e57; --line: #d8d3c6; --paper: #fffdf8; --accent: #1c6349; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9e2; --soft: #a3aaa1; --line: #39403a; --paper: #121513; --accent: #84cba6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; overflow-wrap: anywhere; }
h1, h2 { font-family: "Iowan Old Style", Palatino, Georgia, "Liberation Serif", serif; font-weight: 500; line-height: 1.2; }
h1 { font-size: 2rem; margin: 0 0 .6rem; } h2 { font-size: 1.4rem; margin: 2.2rem 0 .5rem;
  border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; } p { margin: .4rem 0; } .quiet, li span { color: var(--soft); font-size: .9rem; }
ul { margin: .4rem 0; padding-left: 1.2rem; } li { margin: .35rem 0; } li span { display: block; }
blockquote { margin: .6rem 0; padding-left: .9rem; border-left: 3px solid var(--accent); white-space: pre-wrap; unicode-bidi: plaintext; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { overflow-wrap: break-word; text-align: left; vertical-align: top;
  padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } .scroll { overflow-x: auto; }
@page { margin: 13mm 15mm; }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --accent: #1c6349; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } h2, h3 { break-after: avoid; } li, tr, blockquote { break-inside: avoid; }
  body.page { font-size: 9pt; line-height: 1.28; } body.page h1 { font-size: 17pt; margin: 0 0 2pt; }
  body.page h2 { font-size: 11.5pt; margin: 6pt 0 1pt; padding-top: 4pt; } body.page ul { margin: 1pt 0; }
  body.page li { margin: 1.2pt 0; } body.page li span, body.page .quiet { font-size: 8pt; } body.page p { margin: 1.5pt 0; }
}
"""


def to_html(document: Document) -> str:
    body = "\n".join(piece for block in document.blocks for piece in _block(block))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<title>{_text(document.title)}</title>\n<style>{CSS}</style>\n</head>\n<body class="{document.kind}">\n{body}\n</body>\n</html>\n'
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level}>{_text(text)}</h{level}>"
        case Paragraph(text, quiet):
            yield f'<p class="quiet">{_text(text)}</p>' if quiet else f"<p>{_text(text)}</p>"
        case Quote(text):
            yield f'<blockquote dir="auto">{_text(text)}</blockquote>'
        case Listing(items):
            lines = (f"<li>{_text(item)}" + (f"<span>{_text(more)}</span>" if more else "") + "</li>" for item, more in items)
            yield f"<ul>{''.join(lines)}</ul>"
        case Table(head, rows):
            top = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
            lines = ("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            yield f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _text(text: str) -> str:
    return escape(shown(text))
