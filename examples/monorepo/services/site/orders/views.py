"""Answers about orders."""

from common.clock import stamp
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404

from orders.models import Order


def show(request: HttpRequest, number: int) -> JsonResponse:
    order = get_object_or_404(Order, pk=number)
    return JsonResponse({"customer": order.customer, "made": stamp(order.made), "total": str(order.total)})
