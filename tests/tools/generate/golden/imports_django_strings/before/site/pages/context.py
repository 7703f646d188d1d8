def user(request):
    return {}
