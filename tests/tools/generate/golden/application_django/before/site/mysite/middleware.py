from common.clock import now


class RequestTimer:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        start = now()
        response = self.get_response(request)
        response["X-Seconds"] = str(now() - start)
        return response
