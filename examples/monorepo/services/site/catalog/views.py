"""Pages of the catalog."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from .models import Product


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/index.html", {"products": Product.objects.all()})


def product(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "catalog/product.html", {"product": get_object_or_404(Product, slug=slug)})
