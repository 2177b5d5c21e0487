"""The documentation page, from files that are installed: it works without the internet."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

_ASSETS = "fastapi_offline"
"""The package whose folder `static` holds Swagger UI; none of its code is used."""

OPENAPI = "/api/v1/openapi.json"


def install(app: FastAPI) -> None:
    """Serve `/docs`, its assets, and the document under its usual name as well."""
    package = find_spec(_ASSETS)
    assert package is not None, f"{_ASSETS} is a dependency"
    assert package.origin is not None, f"{_ASSETS} is a package with files"
    folder = Path(package.origin).parent / "static"
    app.mount("/docs/assets", StaticFiles(directory=folder), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=OPENAPI,
            title=app.title,
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon.png",
        )

    @app.get("/openapi.json", include_in_schema=False)
    def document() -> JSONResponse:
        return JSONResponse(app.openapi())
