"""Bills orders: `POST /` an order, get its bill; `GET /` says how many there were. Listens on $PORT, 8080 without."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from billing import BadOrder, Bill


class Handler(BaseHTTPRequestHandler):
    bills = 0

    def do_GET(self) -> None:
        self.answer(200, {"bills": Handler.bills})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            bill = Bill.of(json.loads(body))
        except (BadOrder, ValueError) as error:
            self.answer(400, {"error": str(error)})
        else:
            Handler.bills += 1
            self.answer(200, bill.as_json())

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
