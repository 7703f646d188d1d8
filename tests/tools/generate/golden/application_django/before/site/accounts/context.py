def current_account(request):
    return {"account": request.headers.get("X-Account")}
