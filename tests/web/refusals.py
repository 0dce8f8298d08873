"""Asking for what must be refused, and looking at how the refusal is said."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import httpx
from msgspec import Struct, field
from redis.asyncio import Redis

from tests.harness.routes import Route
from tests.web.hall import Hall, forget_limits

LANGUAGES: Final = {"zh-CN": re.compile("[\u4e00-\u9fff]"), "en": re.compile("[A-Za-z]{3}")}


class Answers(Struct):
    """Sends, and notes every answer that is not as it should be."""

    hall: Hall
    redis: Redis
    wrong: list[str] = field(default_factory=list)
    sent: int = 0

    async def expect(
        self,
        route: Route,
        what: str,
        statuses: Iterable[int],
        *,
        address: str | None = None,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> None:
        """Send one bad request; the languages take turns."""
        visitor = self.hall.visitor(route)
        language = list(LANGUAGES)[self.sent % len(LANGUAGES)]
        self.sent += 1
        await forget_limits(self.redis)
        answer = await visitor.client.request(
            route.method,
            address or route.address(self.hall.samples),
            headers={**self.hall.headers(route), "Accept-Language": language, **(headers or {})},
            **request,
        )
        if answer.status_code not in statuses:
            self.wrong.append(f"{route.label} {what}: {answer.status_code} {gist(answer)}")
        elif answer.is_client_error and (fault := unclear(route, answer, language)):
            self.wrong.append(f"{route.label} {what} {language}: {fault}")


def gist(answer: httpx.Response) -> str:
    """What a failure shows of an answer."""
    title = re.search(r"<title>(.*?)</title>", answer.text)
    return title[1] if title else answer.headers.get("location", answer.text[:300])


def unclear(route: Route, answer: httpx.Response, language: str) -> str | None:
    """What is wrong with how an error is said; None if a person or a program can use it."""
    if answer.headers.get("content-language") != language:
        return f"in {answer.headers.get('content-language')}"
    if route.of_api:
        if answer.headers["content-type"] != "application/problem+json":
            return answer.headers["content-type"]
        problem = answer.json()
        texts = [problem["title"], problem["detail"]]
        texts += [error["message"] for error in problem.get("errors", ())]
        if not re.fullmatch(r"[a-z_]+", problem["code"]):
            return str(problem["code"])
    else:
        if f'<html lang="{language}"' not in answer.text:
            return f"not a page in {language}: {answer.text[:200]}"
        if answer.text.count("<h1") != 1:
            return f"{answer.text.count('<h1')} headings"
        said = r"<(?:h1|p)\b[^>]*>(.*?)</(?:h1|p)>"
        texts = [" ".join(re.findall(said, answer.text, re.DOTALL))]
    unsaid = [text for text in texts if not LANGUAGES[language].search(text)]
    return f"says {unsaid}" if unsaid else None
