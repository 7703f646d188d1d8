"""A PDF of one page, with a font of the image."""

import io
import re

from weasyprint import HTML

page = HTML(string="<title>Invoice 7</title><p style='font-family: DejaVu Sans'>Total: 12 €, naïve façade")
stream = io.BytesIO()
page.write_pdf(stream, uncompressed_pdf=True)
data = stream.getvalue()
assert data.startswith(b"%PDF-"), data[:20]
fonts = {name.decode() for name in re.findall(rb"/FontName /[A-Z]+\+([\w-]+)", data)}
print("a PDF with", *sorted(fonts))
