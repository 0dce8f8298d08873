"""What one can get done and where: the pages and the interface that anyone may read."""

from litestar.types import ControllerRouterHandler

from web.catalog.api import CatalogApi
from web.catalog.pages import CatalogPages

PAGES: tuple[ControllerRouterHandler, ...] = (CatalogPages,)
API: tuple[ControllerRouterHandler, ...] = (CatalogApi,)
