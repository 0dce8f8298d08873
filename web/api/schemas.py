"""Types of ours that Litestar's generator describes wrongly."""

from datetime import time
from typing import Any

from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition


class LocalTimes(OpenAPISchemaPlugin):
    """A time of day on the hall's clock: Litestar says that it is a duration.

    JSON Schema's format `time` wants an offset, which local times have none of.
    """

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Whether this is the type."""
        return value is time

    def to_openapi_schema(
        self,
        field_definition: FieldDefinition,  # noqa: ARG002 - Litestar's signature
        schema_creator: Any,  # noqa: ARG002 - as above
    ) -> Schema:
        """Hours, minutes and seconds."""
        return Schema(type=OpenAPIType.STRING, pattern=r"^[0-2]\d:[0-5]\d:[0-5]\d$")
