"""The API describes itself, to programs and to people."""

import httpx


async def test_the_document_is_of_the_api_alone(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert all(path.startswith("/api/v1/") for path in document["paths"])


async def test_the_page_names_every_operation(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    answer = await client.get("/api/docs?lang=en")
    shown = answer.text

    assert answer.status_code == 200

    for path, item in document["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}" in shown
