"""One repository of a registry: requests with authorization and retries, errors that say what to do.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.paths import printable
from distroless_python.formats.reference import DOCKER_HUB, Repository
from distroless_python.registry import credentials
from distroless_python.registry.auth import Authorizer
from distroless_python.registry.credentials import Credential
from distroless_python.registry.retry import Retry, check
from distroless_python.registry.transport import (
    REDIRECTED,
    REDIRECTS,
    BadAddress,
    Body,
    NotTls,
    PlainRefused,
    Response,
    Transient,
    Transport,
    Unknown,
    Untrusted,
    is_loopback,
    join,
    shown,
)

_HUB_HOST = "registry-1.docker.io"
_LOGINS = 3  # without a token, with an expired one, with a new one
_ASK = "ask the administrator of the registry, or of the proxy in front of it"
_SAID = 64 << 10
_FIRST_ATTEMPTS = 3  # a host that never answered is more likely misspelt than restarting

T = TypeVar("T")


class Registry:
    """A repository, open for reading and writing."""

    def __init__(
        self,
        repository: Repository,
        label: str,
        *,
        mount_from: Sequence[str] = (),
        insecure: bool = False,
        read_only: bool = False,
        peer: Registry | None = None,
    ) -> None:
        """Describes a repository; nothing is sent before `open`.

        Args:
            repository: what is read and written.
            label: the target, for messages.
            mount_from: repository paths of the same registry, to be read.
            insecure: allows plain HTTP.
            read_only: asks for no right to push.
            peer: an open repository of the same registry, whose connections are shared.
        """
        self.repository = repository
        self.retry = Retry()
        self._label = label
        self._insecure = insecure
        self._doing, self._again = ("pull", "try again") if read_only else ("push", "push again")
        self._transport: Transport = peer._transport if peer else Transport(self._may_be_plain)
        self._base: str = peer._base if peer else ""
        self._credential: Credential | None = peer._credential if peer else credentials.find(repository.host)
        rights = "pull" if read_only else "pull,push"
        scopes = [f"repository:{repository.path}:{rights}", *(f"repository:{path}:pull" for path in mount_from)]
        self._authorizer = Authorizer(self._send, repository.host, self._credential, scopes, label)

    def open(self) -> Registry:
        """Finds the registry.

        Raises:
            ToolError: nothing answers as one.
        """
        if not self._base:
            self._base = self._find_base()
        return self

    def may_read(self, path: str) -> None:
        """Asks for the right to read another repository of the registry with the next credential that is needed."""
        self._authorizer.add_scope(f"repository:{path}:pull")

    def close(self) -> None:
        """Ends what is under way in all threads."""
        self._transport.close()

    def url(self, *path: str) -> str:
        """The address of something in the repository, such as `("blobs", digest)`."""
        return f"{self._base}/v2/{self.repository.path}/{'/'.join(path)}"

    def location(self, answer: Response) -> str:
        """The address in an answer's Location header; a TLS proxy's registry may not know that it is behind one.

        Raises:
            ToolError: it is not an address.
        """
        try:
            address = join(answer.url, answer.headers.get("Location") or "")
        except BadAddress as error:
            raise self._bad_address(error) from None
        ours = urlsplit(self._base)
        return (address._replace(scheme=ours.scheme) if address.netloc == ours.netloc else address).geturl()

    def call(
        self, method: str, url: str, expected: Collection[int], body: Body | None = None, **headers: str
    ) -> Response:
        """A request, tried again while faults may pass. Underscores in header names stand for hyphens.

        Raises:
            ToolError: the registry refuses, answers something else than `expected`, or fails for good.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.persist(lambda: self.expect(self.once(method, url, named, body), expected, method))

    def persist(self, step: Callable[[], T], retry: Retry | None = None) -> T:
        """Retries `step` while it raises Transient.

        Raises:
            ToolError: what failed did not pass.
        """
        retry = retry or self.retry
        try:
            return retry.call(step, self._transport.closed.wait)
        except Transient as fault:
            raise self.error(f"{fault}, {retry.attempts} times", f"check the registry, then {self._again}") from None

    def once(self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None) -> Response:
        """A request, once, with authorization.

        Raises:
            Transient: it may succeed later.
            ToolError: the registry cannot be talked to, or refuses the credential.
        """
        for _ in range(_LOGINS):
            authorization = self._authorizer.header if self._is_ours(url) else {}
            answer = self._send(method, url, {**headers, **authorization}, body, probe=not self._base)
            if answer.status != 401:
                return check(answer)
            if not self._authorizer.renew(authorization, answer):
                break
        raise self._authorizer.refused(said(answer))

    def stream(self, url: str) -> http.client.HTTPResponse:
        """The answer to a GET of a blob, to be read bit by bit; redirects are followed.

        Raises:
            Transient: it may succeed later.
            ToolError: the registry does not have it, or cannot be talked to.
        """
        at = url
        for _ in range(REDIRECTS):
            with self._meaning(probe=False):
                answer = self._transport.stream(at, self._authorizer.header if self._is_ours(at) else {})
                if answer.status in REDIRECTED and answer.headers.get("Location"):
                    answer.close()
                    at = join(at, answer.headers["Location"]).geturl()
                    continue
            if answer.status == 200:
                return answer
            reply = Response(answer.status, answer.headers, answer.read(_SAID), at)
            answer.close()
            if answer.status == 401 and at == url and self._authorizer.renew(self._authorizer.header, reply):
                continue
            self.expect(check(reply), (200,), "GET")
        raise Transient(f"{REDIRECTS} redirects, the last one to {shown(at)}")

    def expect(self, answer: Response, expected: Collection[int], method: str) -> Response:
        """Returns an answer of an expected status.

        Raises:
            ToolError: it is another one.
        """
        if answer.status in expected:
            return answer
        if answer.status == 403:
            to = "pushing to" if self._doing == "push" else "pulling from"
            reason = f"{to} {self.repository} is not allowed: {said(answer)}"
            login = f"run `docker login {self.repository.host}`"
            raise self.error(reason, f"ask for the right to {self._doing}, or {login}")
        if answer.status == 404 and method == "POST":
            reason = f"there is no repository {self.repository}, and it is not made by a push: {said(answer)}"
            raise self.error(reason, "create the repository first")
        if answer.status == 413:
            reason = f"a proxy before {self.repository.host} refuses the size: {said(answer)}"
            raise self.error(reason, "raise the proxy's limit for request bodies")
        raise self.error(f"{method} {shown(answer.url)} is answered by {said(answer)}", "read what the registry says")

    def error(self, reason: str, remedy: str) -> ToolError:
        return ToolError(Problem(self._label, reason, remedy, str(self.repository)))

    def _find_base(self) -> str:
        """The registry's address: by TLS; by plain HTTP where that is allowed and TLS is not spoken.

        Raises:
            ToolError: the registry does not answer as one.
        """
        host = _HUB_HOST if self.repository.host == DOCKER_HUB else self.repository.host
        patience = replace(self.retry, attempts=min(self.retry.attempts, _FIRST_ATTEMPTS))
        for base in (f"https://{host}", f"http://{host}"):
            try:
                answer = self.persist(partial(self.once, "GET", f"{base}/v2/", {}), patience)
            except NotTls:
                if self._may_be_plain(host):
                    continue
                reason = f"{host} speaks plain HTTP where HTTPS is asked"
                raise self.error(reason, "serve it by TLS; or set `insecure = True`, or use --insecure") from None
            if answer.status == 200:
                return base
            raise self.error(
                f"{base}/v2/ is not a registry: {said(answer)}", "correct the host in the repository's name"
            )
        raise self.error(f"{host} speaks neither HTTPS nor HTTP", "correct the host in the repository's name")

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None, *, probe: bool = False
    ) -> Response:
        """A request, once; `probe` leaves NotTls to the caller.

        Raises:
            Transient: it may succeed later.
            ToolError: the two sides cannot talk.
        """
        with self._meaning(probe=probe):
            return self._transport.send(method, url, headers, body)

    @contextmanager
    def _meaning(self, *, probe: bool) -> Iterator[None]:
        """Says what the two sides could not talk for; `probe` leaves NotTls to the caller.

        Raises:
            ToolError: they cannot.
        """
        try:
            yield
        except NotTls as error:
            if probe:
                raise
            raise self.error(f"{error} does not speak TLS", _ASK) from None
        except BadAddress as error:
            raise self._bad_address(error) from None
        except PlainRefused as error:
            reason = f"it leads to plain HTTP: {error}"
            raise self.error(reason, "make the registry name https addresses; or use --insecure") from None
        except Unknown as error:
            ours = "correct the host in the repository's name" if probe else _ASK
            raise self.error(f"there is no host {error}", ours) from None
        except Untrusted as error:
            reason = f"its TLS certificate is not trusted: {error}"
            remedy = "add its authority to the machine's, or name a file of authorities by SSL_CERT_FILE"
            raise self.error(reason, remedy) from None

    def _bad_address(self, error: BadAddress) -> ToolError:
        return self.error(f"it leads to {str(error)!r}, which is not a valid address", _ASK)

    def _is_ours(self, url: str) -> bool:
        """Whether an address may see the credential; before the registry is found, only that is asked."""
        return not self._base or url.startswith(f"{self._base}/")

    def _may_be_plain(self, netloc: str) -> bool:
        return self._insecure or is_loopback(netloc)


def said(answer: Response) -> str:
    """What a registry answered, in one line. (The answer to HEAD has no text.)"""
    try:
        errors = json.loads(answer.content)["errors"]
        text = "; ".join(f"{error['code']}: {error.get('message', '')}" for error in errors)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        text = " ".join(answer.content.decode(errors="replace").split())[:200]
    return f"{answer.status} {printable(text)}".strip()
