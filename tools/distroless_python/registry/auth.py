"""Authorization at a registry: Basic, or tokens from the server that its challenge names.

https://distribution.github.io/distribution/spec/auth/token/ and .../oauth/
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from distroless_python.errors import Problem, ToolError
from distroless_python.registry.credentials import Credential
from distroless_python.registry.retry import check
from distroless_python.registry.transport import Bytes, Response, shown

_PARAMETER = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True)
class Challenge:
    """What a registry asks for: `scheme` is `bearer` or `basic`, in lower case."""

    scheme: str
    parameters: dict[str, str]


def parse(header: str) -> Challenge:
    """Reads a WWW-Authenticate header; Bearer wins where there are several challenges."""
    found = []
    for part in re.split(r",\s*(?=[A-Za-z]+\s+\w+=)", header.strip()):
        scheme, _, rest = part.partition(" ")
        parameters = {key.lower(): re.sub(r"\\(.)", r"\1", q) or p for key, q, p in _PARAMETER.findall(rest)}
        found.append(Challenge(scheme.lower(), parameters))
    return next((c for c in found if c.scheme == "bearer"), found[0])


class Authorizer:
    """Keeps the Authorization header for one registry, shared by all threads."""

    def __init__(
        self, send: Callable[..., Response], host: str, credential: Credential | None, scopes: Sequence[str], label: str
    ) -> None:
        """`send` is called with method, address, headers and maybe a body."""
        self._send = send
        self._host = host
        self._credential = credential
        self._scopes = list(scopes)
        self._label = label
        self._lock = threading.Lock()
        self._header = f"Bearer {credential.registry_token}" if credential and credential.registry_token else ""

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": self._header} if self._header else {}

    def add_scope(self, scope: str) -> None:
        """Asks for more with the next token."""
        with self._lock:
            if scope not in self._scopes:
                self._scopes.append(scope)

    def renew(self, refused: dict[str, str], response: Response) -> bool:
        """After a 401: gets another header. False if there is none that was not tried.

        Args:
            refused: the header that was sent.
            response: the answer with the challenge.

        Raises:
            ToolError: the token server refuses the credential.
        """
        with self._lock:
            if self.header != refused:  # another thread was faster
                return True
            challenge = parse(", ".join(response.headers.get_all("WWW-Authenticate") or ["Basic"]))
            if challenge.scheme == "bearer" and "realm" in challenge.parameters:
                header = f"Bearer {self._token(challenge.parameters)}"
            elif self._credential and self._credential.username:
                header = self._credential.basic
            else:
                return False
            changed, self._header = header != self._header, header
            return changed

    def refused(self, said: str) -> ToolError:
        """The error for a credential that the registry does not take, or for the lack of one."""
        if self._credential:
            reason = f"{self._host} refuses the credential from {self._credential.source}, it may have expired: {said}"
        else:
            reason = f"{self._host} asks for a credential, and Docker's configuration has none for it: {said}"
        return ToolError(Problem(self._label, reason, f"run `docker login {self._host}`, then push again"))

    def _token(self, parameters: dict[str, str]) -> str:
        credential = self._credential
        query = [(key, parameters[key]) for key in ("service",) if key in parameters]
        if credential and credential.identity_token:
            form = [("grant_type", "refresh_token"), ("refresh_token", credential.identity_token), *query]
            form += [("client_id", "rules_distroless_python"), ("scope", " ".join(self._scopes))]
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self._send("POST", parameters["realm"], headers, Bytes(urlencode(form).encode()))
        else:
            query += [("scope", scope) for scope in self._scopes]
            headers = {"Authorization": credential.basic} if credential and credential.username else {}
            join = "&" if "?" in parameters["realm"] else "?"
            answer = self._send("GET", f"{parameters['realm']}{join}{urlencode(query)}", headers)
        if answer.status in (400, 401, 403):
            raise self.refused(f"its token server answers {answer.status}")
        check(answer)
        try:
            value = json.loads(answer.content)
            return str(value.get("token") or value["access_token"])
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            reason = f"the token server {shown(parameters['realm'])} gives no token: {answer.status}"
            raise ToolError(Problem(self._label, reason, "ask the registry's administrator")) from None
