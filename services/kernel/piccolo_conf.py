"""Piccolo's configuration: the engine, and the areas in the order in which they migrate."""

from piccolo.conf.apps import AppRegistry

from services.kernel.database import engine

# Lower layers first: their tables are what the foreign keys of the higher ones point to.
AREAS = (
    "kernel",
    "audit",
    "identity",
    "catalog",
    "appointments",
    "queue",
    "ratings",
    "notices",
    "partners",
)

DB = engine()
APP_REGISTRY = AppRegistry(apps=[f"services.{area}.piccolo_app" for area in AREAS])
