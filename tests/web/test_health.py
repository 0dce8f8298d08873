import httpx


async def test_alive_and_ready_on_a_migrated_database(client: httpx.AsyncClient) -> None:
    alive = await client.get("/healthz")
    ready = await client.get("/readyz")

    assert alive.json() == {"status": "ok"}
    assert ready.status_code == 200
    assert ready.json() == {"database": "ok", "redis": "ok", "migrations": "ok"}


async def test_figures_name_routes_and_never_paths(client: httpx.AsyncClient) -> None:
    await client.get("/offices/secret-path")

    figures = (await client.get("/metrics")).text

    assert 'banshi_http_requests_total{method="GET",route="(no route)",status="404"}' in figures
    assert "secret-path" not in figures
    assert 'banshi_outbox_events{state="dead"} 0.0' in figures
