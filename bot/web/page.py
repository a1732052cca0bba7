"""The web chat page and its files, with the headers that keep it to itself."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

STATIC = Path(__file__).parent / "static"
# the page loads nothing from elsewhere, runs no inline script, and shows in nobody's frame
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    return FileResponse(STATIC / "index.html")


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(STATIC / "favicon.svg", media_type="image/svg+xml")


async def with_security_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    # conversations stay out of caches; the page's files are asked again each visit (unchanged ones cost no data), so
    # that old and new never mix after an update
    path = request.url.path
    private = path.startswith(("/api/", "/console")) and not path.startswith("/console/static/")
    response.headers.setdefault("Cache-Control", "no-store" if private else "no-cache")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def mount(app: FastAPI) -> None:
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(with_security_headers)
