"""The JSON API described: the frame of its OpenAPI document, and the page drawn from it."""
