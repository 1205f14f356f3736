"""Papers for the tests: a job description and a CV of nobody, and files that are broken, locked or hostile. Made here, byte by byte."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

JOB = """Senior LLM Engineer (m/f/d)
Northvale Health, Remote

About us
Northvale builds documentation software for hospitals. Our assistants turn dictated notes into discharge letters.

What you will do
- Design and ship retrieval-augmented generation (RAG) pipelines over clinical guidelines, with pgvector and hybrid search.
- Fine-tune open models (LoRA, QLoRA) on annotated discharge letters.
- Own our evaluation: golden sets, LLM-as-a-judge, monitoring in production.
- Mentor junior engineers and report to senior leadership.

Requirements
- 5+ years of software engineering, deep understanding of transformers and attention.
- Hands-on experience with PyTorch, vLLM, Kubernetes and FHIR.
- Attention to detail. Familiarity with GDPR and the EU AI Act.
- No PhD required.

Nice to have
- Prompt injection red teaming, structured output.

We are an equal opportunity employer and do not discriminate on the basis of bias.
Benefits: health insurance, training budget.
"""
CV = """Jo Bloggs, jo@example.org, +44 20 7946 0000
Machine learning engineer, Example Ltd, 2021-2025
- Built a RAG search over 40,000 contracts and cut the time to find a clause from 12 minutes to 40 seconds.
- Led a team of 4 engineers through the move to a new model.
- Fine-tuned Llama 3 with LoRA on 2,000 tickets; accuracy rose by 13%.
Skills: PyTorch, vLLM, Docker
I like long walks and quiet evenings.
"""


def pdf(pages: list[str], *, trailer: str = "", content: str | None = None) -> bytes:
    """A PDF of plain Helvetica lines, one text a page. ``content``: another page content for every page."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]  # fmt: skip
    for n, text in enumerate(pages):
        lines = "\n".join(f"({_escaped(line)}) Tj T*" for line in text.splitlines())
        stream = content if content is not None else f"BT /F1 10 Tf 14 TL 40 800 Td\n{lines}\nET"
        resources = "/Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {resources} /Contents {5 + 2 * n} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return _file([each.encode("cp1252", "replace") for each in objects], trailer)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: list[bytes], trailer: str) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{place:010d} 00000 n \n" for place in places)
    return out + table.encode() + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(out)}\n%%EOF\n".encode()


def locked_pdf(text: str, user: str = "secret") -> bytes:
    """By pypdf's writer, RC4 with 128 bits."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([text]))))
    writer.encrypt(user_password=user, owner_password="owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb_pdf(megabytes: int) -> bytes:
    """A page whose content unpacks to so many megabytes of text operators."""
    raw = b"BT /F1 1 Tf " + b"(a) Tj " * (megabytes * 1_000_000 // 7) + b"ET"
    packed = zlib.compress(raw, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842] /Contents 5 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]  # fmt: skip
    return _file(objects, "")


def looping_pdf() -> bytes:
    """A page tree whose only kid is its own parent."""
    return _file([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"], "")


SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(text: str = "", *, xml: str | None = None, name: str = "word/document.xml") -> bytes:
    """A DOCX of paragraphs; lines that begin with a dash are list items."""
    paragraphs = "".join(_paragraph(line) for line in text.splitlines())
    body = xml if xml is not None else f'<?xml version="1.0"?><w:document {SPACE}><w:body>{paragraphs}</w:body></w:document>'
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, body)
    return out.getvalue()


def _paragraph(line: str) -> str:
    plain = line.replace("&", "&amp;").replace("<", "&lt;")
    if plain.startswith("- "):
        return f"<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>{plain[2:]}</w:t></w:r></w:p>"
    return f"<w:p><w:r><w:t>{plain}</w:t></w:r></w:p>"


ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "lol lol lol lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + f"]><w:document {SPACE}><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>"
)


def external_entity(address: str) -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{address}">]>'
        f"<w:document {SPACE}><w:body><w:p><w:r><w:t>&x; {JOB.replace('&', '')}</w:t></w:r></w:p></w:body></w:document>"
    )
