"""Reading what a page's form has sent."""

from urllib.parse import parse_qs

from starlette.requests import Request

_LONGEST = 4096


async def posted_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; of one too long to be ours, none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST:
            return {}
    fields = parse_qs(body.decode("ascii", errors="replace"))
    return {name: values[0] for name, values in fields.items()}
