from django.http import JsonResponse

from accounts.models import Account


def show(request, number):
    return JsonResponse({"name": Account.objects.get(id=number).name})
