"""The public keys of access tokens, for the backends that check them (RFC 7517; the place is RFC 8615's)."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

MAX_AGE_SECONDS = 300
"""How long a key set may be kept. A new key has to be published at least this long before it signs."""


class PublishedKeys:
    """`/.well-known/jwks.json`, which any site may read: nothing in it is secret."""

    def __init__(self, jwks: Callable[[], Mapping[str, Any]]) -> None:
        self._jwks = jwks

    def answer(self, request: Request) -> Response:
        """The key set, or 304 if the caller has it."""
        body = json.dumps(self._jwks(), separators=(",", ":")).encode()
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {
            "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
            "ETag": tag,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/jwk-set+json")
