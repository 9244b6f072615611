"""The API over HTTP: requests with a token and a limit on every wait, answers or errors. No output, no files.

What may be repeated (reading, and whatever carries an idempotency key) is repeated when the connection breaks
or the server asks to come back.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from netraven_cli import addresses
from netraven_cli.exits import ApiError, Exit, Stop
from netraven_cli.session import Sessions
from netraven_cli.tokens import Tokens

_TIMEOUT_SECONDS = (5.0, 20.0)  # to connect, and to wait for bytes
_TOKEN_SECONDS = (5.0, 7.0)  # a refresh that is answered by nobody must be repeated within 10 s
_STREAM_SECONDS = (5.0, 40.0)  # a stream says every 15 s at least that it is there
_TRIES = 3
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
_KEYED = ("POST", "PATCH")
_PAGE = 1000
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: Any
    params: Mapping[str, Any] | None
    headers: Mapping[str, str]
    anonymous: bool
    goes_on: bool = False

    @property
    def patience(self) -> tuple[float, float]:
        if self.goes_on:
            return _STREAM_SECONDS
        return _TOKEN_SECONDS if self.anonymous else _TIMEOUT_SECONDS


class Api:
    """One server, as one user. May be used from several threads.

    `token` replaces the kept log-in, for scripts with an API token.
    """

    def __init__(self, url: str, sessions: Sessions, token: str | None = None) -> None:
        self.url = addresses.normal(url)
        self.tokens = Tokens(
            self.url, sessions, lambda path, body: self.call("POST", path, body, anonymous=True)
        )
        self._fixed_token = token
        self._local = threading.local()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The `data` of an answer."""
        return self.call("GET", path, params=params)["data"]

    def pages(self, path: str, params: Mapping[str, Any], size: int = _PAGE) -> Iterator[dict[str, Any]]:
        """Every row of a collection, page by page."""
        page, total = 0, 1
        while page * size < total:
            page += 1
            answer = self.call("GET", path, params={**params, "page": page, "size": size})
            total = answer["total"]
            yield from answer["data"]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        key: str | None = None,
        anonymous: bool = False,
    ) -> Any:
        """The whole answer, decoded; None when it is empty.

        `key` makes repeating a POST or PATCH harmless; one is made when none is given. Raises ApiError for a
        refusal, Stop when the server cannot be reached or is not NetRaven.
        """
        headers = {"Accept": "application/json"}
        if method in _KEYED:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        request = _Request(method, path, body, params, headers, anonymous)
        for _ in range(_TRIES - 1 if method in ("GET", *_KEYED) else 0):
            pause = self._try(request)
            if isinstance(pause, requests.Response):
                return _decoded(pause)
            time.sleep(pause)
        return _decoded(self._last_try(request))

    def stream(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> requests.Response:
        """An answer that goes on; the caller reads and closes it. Raises ApiError for a refusal, and
        requests' errors when there is none.
        """
        accept = {"Accept": "text/event-stream", **headers}
        answer = self._send(_Request("GET", path, None, params, accept, anonymous=False, goes_on=True))
        if answer.status_code != requests.codes.ok:
            with answer:
                _decoded(answer)
        return answer

    def pieces(self, path: str, params: Mapping[str, Any]) -> Iterator[bytes]:
        """The bytes of a file, as they come. Raises ApiError for a refusal, Stop when there is no answer or
        it breaks off before its end.
        """
        try:
            with self.stream(path, params, {"Accept": "*/*"}) as answer:
                yield from answer.iter_content(_PIECE)
        except requests.ConnectionError as error:
            raise self._unreachable(error) from None
        except requests.RequestException:
            raise Stop(Exit.UNAVAILABLE, "the answer broke off before its end; try again") from None

    def _try(self, request: _Request) -> requests.Response | float:
        """An answer, or how many seconds to wait before the next try."""
        try:
            answer = self._send(request)
        except requests.RequestException:
            return _PAUSE_SECONDS
        return _pause(answer) if answer.status_code == requests.codes.service_unavailable else answer

    def _last_try(self, request: _Request) -> requests.Response:
        try:
            return self._send(request)
        except requests.RequestException as error:
            raise self._unreachable(error) from None

    def _send(self, request: _Request) -> requests.Response:
        if request.anonymous or self._fixed_token:
            return self._send_as(request, None if request.anonymous else self._fixed_token)
        token = self.tokens.current()
        answer = self._send_as(request, token)
        if token and answer.status_code == requests.codes.unauthorized:
            renewed = self.tokens.renewed(token)
            return self._send_as(request, renewed) if renewed else answer
        return answer

    def _send_as(self, request: _Request, token: str | None) -> requests.Response:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return self._http().request(
            request.method,
            f"{self.url}/api{request.path}",
            json=request.body,
            params=request.params,
            headers={**request.headers, **bearer},
            timeout=request.patience,
            stream=request.goes_on,
            allow_redirects=False,
        )

    def _http(self) -> requests.Session:
        if not hasattr(self._local, "http"):
            self._local.http = requests.Session()
            # A proxy for the outside world has no business between us and this very machine.
            self._local.http.trust_env = not addresses.is_loopback(self.url)
        http: requests.Session = self._local.http
        return http

    def _unreachable(self, error: Exception) -> Stop:
        reason = "it did not answer in time" if isinstance(error, requests.Timeout) else "nobody answers"
        if isinstance(error, requests.exceptions.SSLError):
            plain = "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER" in str(error)
            known = "no trusted TLS connection can be made (REQUESTS_CA_BUNDLE names another authority)"
            reason = "it speaks no TLS there; try http://" if plain else known
        hint = "Is it running (netraven up)? --url or NETRAVEN_URL name another."
        return Stop(Exit.UNAVAILABLE, f"cannot reach {self.url}: {reason}. {hint}")


def _pause(answer: requests.Response) -> float:
    try:
        wanted = float(answer.headers.get("Retry-After", "1"))
    except ValueError:
        wanted = 1.0
    return min(max(wanted, 0.1), _LONGEST_PAUSE_SECONDS)


def _decoded(answer: requests.Response) -> Any:
    if answer.status_code == requests.codes.no_content:
        return None
    if answer.is_redirect:
        raise Stop(Exit.FAILED, f"the server has moved: use --url {answer.headers['Location']}")
    try:
        told = answer.json()
        if answer.ok and "data" in told:
            return told
        code, message = str(told["code"]), str(told["message"])
    except (ValueError, KeyError, TypeError):
        text = f"{answer.url} answered {answer.status_code}, and not as NetRaven does; is the address right?"
        raise Stop(Exit.FAILED, text) from None
    raise _refusal(ApiError(code, message, told.get("details")))


def _refusal(error: ApiError) -> ApiError:
    if error.code == "UNAUTHORIZED":
        error.message = f"{error.message.rstrip('.')}. Log in with: netraven login"
    return error
