"""The two pages: a greeting, and a picture drawn by Pillow."""

from django.http import HttpRequest, HttpResponse
from PIL import Image, ImageDraw

SIZE = (500, 300)  # pixels


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello World")


def future(request: HttpRequest) -> HttpResponse:
    picture = Image.new("RGB", SIZE, "midnightblue")
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        draw.line([(0, SIZE[1]), (SIZE[0] * step / 11, 0)], fill="gold", width=3)
    draw.text((20, 20), "The future is distroless", fill="white")
    response = HttpResponse(content_type="image/png")
    picture.save(response, "PNG")
    return response
