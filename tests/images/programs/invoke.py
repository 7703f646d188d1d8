"""What Lambda does: serves one event by the Runtime API, and takes the answer of the image's program."""

import http.server
import json
import os
import subprocess
import sys

ANSWERS: list[dict] = []


class Runtime(http.server.BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    def do_GET(self) -> None:
        if ANSWERS:
            self.server.shutdown_request(self.request)
            return
        body = json.dumps({"name": "distroless"}).encode()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "1",
            "Lambda-Runtime-Deadline-Ms": "9999999999999",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:1:function:hello",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        ANSWERS.append({"path": self.path, "body": body.decode()})
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Runtime)
address = f"127.0.0.1:{server.server_port}"
command = [sys.executable, "-m", "awslambdaric", "tests.images.programs.handler.handle"]
program = subprocess.Popen(command, env={**os.environ, "AWS_LAMBDA_RUNTIME_API": address})
while not ANSWERS:
    server.handle_request()
program.kill()
program.wait()
assert ANSWERS[0]["path"].endswith("/1/response"), ANSWERS
print("Lambda got", ANSWERS[0]["body"])
