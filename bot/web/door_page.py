"""The poster for the door: one A4 page that needs nothing else, to print from any browser."""

from html import escape

from programme.door_codes import Poster, qr_svg

_STYLE = """
@page { size: A4 portrait; margin: 15mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 180mm; padding: 0; color: #000; background: #fff; text-align: center;
       font: 16pt/1.4 system-ui, sans-serif; }
h1 { margin: 0 0 4mm; font-size: 34pt; line-height: 1.15; overflow-wrap: anywhere; }
p { margin: 2mm 0; overflow-wrap: anywhere; }
.ask { margin-top: 9mm; font-size: 20pt; }
.code { margin: 4mm 0; font: 700 54pt/1.1 ui-monospace, monospace; white-space: nowrap; }
svg { width: 70mm; height: 70mm; }
.else { margin-top: 5mm; padding-top: 4mm; border-top: 0.5mm solid #000; }
"""


def door_page(poster: Poster) -> str:
    """A whole HTML document, in French, for those who arrive."""
    scan, drawn = "", ""
    if poster.address is not None:
        scan = "<p>Scanne le carré : il l'écrit pour toi, tu n'as plus qu'à l'envoyer.</p>"
        # segno writes no accessible name: the code beside it says the same
        drawn = f'<div role="img" aria-label="QR code qui ouvre Déclic">{qr_svg(poster.address)}</div>'
    return f"""<!doctype html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{escape(poster.title)} : affiche pour l'entrée</title>
  <style>{_STYLE}</style>
</head>
<body>
  <h1>{escape(poster.title)}</h1>
  <p>{escape(poster.when[:1].upper() + poster.when[1:])}</p>
  <p>{escape(poster.place)}</p>
  <p class="ask">Bienvenue ! Pour dire que tu es là, envoie ce code à Déclic :</p>
  <p class="code">{escape(poster.code)}</p>
  {scan}
  {drawn}
  <p class="else">Pas de téléphone, ou plus de batterie ?
    Dis ton nom à la personne qui anime : elle note que tu es là.</p>
</body>
</html>
"""
