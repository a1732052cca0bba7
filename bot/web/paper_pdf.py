"""A paper as PDF, one or two A4 pages."""

from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from programme.documents import Paper

INK, ACCENT, LINE = HexColor("#2b2320"), HexColor("#a83c15"), HexColor("#b9a999")
# the fonts that every reader of PDF has know these letters and no others
ENCODING = "cp1252"

_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=20, leading=24, textColor=ACCENT, spaceAfter=4)
_SUBTITLE = ParagraphStyle("subtitle", fontName="Helvetica", fontSize=11, leading=15, textColor=INK, spaceAfter=10)
_HEADING = ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=12.5, leading=16, textColor=INK, spaceBefore=9)
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=11, leading=15, textColor=INK, alignment=TA_LEFT)
_FOOT = ParagraphStyle("foot", parent=_TEXT, fontSize=9, leading=12, spaceBefore=12)


def as_pdf(paper: Paper) -> bytes:
    written = BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
        title=_known(paper.title),
        author="Déclic",
        lang="fr",
    )
    story: list[Flowable] = [_paragraph(paper.title, _TITLE)]
    if paper.subtitle:
        story.append(_paragraph(paper.subtitle, _SUBTITLE))
    for section in paper.sections:
        parts: list[Flowable] = [_paragraph(section.heading, _HEADING)]
        parts += [_paragraph(line, _TEXT) for line in section.lines]
        for _ in range(section.space):
            parts += [Spacer(1, 8 * mm), HRFlowable(width="100%", thickness=0.6, color=LINE)]
        story.append(KeepTogether(parts))
    if paper.foot:
        story.append(_paragraph(paper.foot, _FOOT))
    document.build(story)
    return written.getvalue()


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_known(text)).replace("\n", "<br/>"), style)


def _known(text: str) -> str:
    """Without the signs that the fonts lack (emoji, thin spaces): nothing else of a French text is among them."""
    spaced = text.replace("\u202f", "\u00a0").replace("→", "->")
    return spaced.encode(ENCODING, "ignore").decode(ENCODING).strip()
