"""Whether a request that changes something comes from a page of ours, and not from a strange site (CSRF)."""

from starlette.datastructures import Headers


def comes_from_here(headers: Headers) -> bool:
    """Judged by what browsers add and pages cannot forge.

    Sec-Fetch-Site says it outright. A browser without it sends Origin, which is `null` where the page's referrer
    policy hides it, and is refused then. A client that sends neither is no browser, and no site can make it call.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
