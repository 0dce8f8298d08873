"""From a template and a handler's data to a page in the visitor's language."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Context
from litestar import Litestar, MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from markupsafe import Markup

from services.identity import SessionFacts
from services.kernel.translations import Language, translations
from web.common import filters, flash
from web.common.assets import assets
from web.common.authentication import actor_of, facts_of
from web.common.folding import FoldingGenerator
from web.common.icons import icon
from web.common.preferences import Preferences, preferences, switch_address
from web.common.staff_places import here, places

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"

AnyRequest = Request[Any, Any, Any]


class PageContext(Context):
    """What a template sees. Globals are the environment's alone, so no import looks for others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.globals_keys = set()


class LanguageEnvironment(Environment):
    """Templates in one language, with what they always say worked out beforehand."""

    code_generator_class = FoldingGenerator
    context_class = PageContext
    folded: Mapping[str, Callable[..., object]]
    translate: Callable[[str], str]


@cache
def environment(language: Language) -> Environment:
    """The templates in one language. Macros need no context to speak it."""
    built = LanguageEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    spoken = translations(language)
    built.install_gettext_translations(spoken, newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    built.translate = spoken.gettext
    built.filters.update(filters.filters(language))
    built.folded = {"asset": assets().address, "icon": icon}
    built.globals.update(**built.folded, language=language)
    return built


def render(template: str, language: Language, context: Mapping[str, object]) -> Markup:
    """The template's text, safe to be put into another."""
    # Autoescape is on for every template of this environment.
    return Markup(environment(language).get_template(template).render(context))  # noqa: S704


class Page(Response[bytes]):
    """A template, rendered when the request that it answers is at hand."""

    def __init__(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        cookies: Iterable[Cookie] = (),
        whole: bool = True,
    ) -> None:
        super().__init__(
            b"",
            status_code=status_code,
            headers=dict(headers or {}),
            cookies=list(cookies),
            media_type=MediaType.HTML,
        )
        self.template = template
        self.context = context
        self.whole = whole

    def to_asgi_response(
        self, app: Litestar | None, request: AnyRequest, **options: Any
    ) -> ASGIResponse:
        """Render in the request's language and hand the rest to Litestar."""
        chosen = preferences(request.scope)
        context = {**page_context(request, chosen), **self.context}
        self.content = render(self.template, chosen.language, context).encode()
        self.headers.setdefault("Content-Language", chosen.language.tag)
        if self.whole and context["flash"] is not None:
            self.cookies.append(flash.clearing_cookie())
        return super().to_asgi_response(app, request, **options)


def page_context(request: AnyRequest, chosen: Preferences) -> dict[str, object]:
    """What every template may use, besides what its handler gives."""
    state = request.scope["state"]
    actor, facts = actor_of(request), facts_of(request)
    return {
        "request": request,
        "path": request.scope["path"],
        "actor": actor,
        "staff_places": places(actor),
        "staff_place": here(actor, request.scope["path"]),
        "staff_name": facts.display_name if isinstance(facts, SessionFacts) else "",
        "csrf_token": state.get("csrf_token", ""),
        "lang": chosen.language.value,
        "lang_tag": chosen.language.tag,
        "text_size": chosen.text.value,
        "theme": chosen.theme.value,
        "wants_webfont": may_lack_chinese(request.headers.get("user-agent", "")),
        "now": request.app.state.clock.now(),
        "flash": flash.read(request),
        "switch": lambda name, value: switch_address(request.scope, name, value),
    }


def may_lack_chinese(user_agent: str) -> bool:
    """Whether the device may have no Chinese glyphs: a Linux that is not Android."""
    return "Linux" in user_agent and "Android" not in user_agent


def page(
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    cookies: Iterable[Cookie] = (),
    **context: object,
) -> Page:
    """Answer with a whole page."""
    return Page(template, context, status_code=status_code, headers=headers, cookies=cookies)


def partial(
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Page:
    """Answer htmx with a piece of a page. Caches must not mistake it for the page."""
    return Page(
        template,
        context,
        status_code=status_code,
        headers={"Vary": "HX-Request", **(headers or {})},
        whole=False,
    )


def wants_partial(request: AnyRequest) -> bool:
    """Whether htmx asks for a piece, rather than the browser for a page."""
    headers = request.headers
    return headers.get("hx-request") == "true" and "true" not in (
        headers.get("hx-boosted"),
        headers.get("hx-history-restore-request"),
    )
