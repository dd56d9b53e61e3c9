"""Words from a language model: `Generator.stream`, and the one that ships, over litellm.

litellm is imported when a model is asked for the first time, with its telemetry, callbacks and look-ups for prices off. Keys
come from the environment only. Nothing is tried twice here: retries, fallbacks and budgets sit above the seam, in
`rag/calls.py`.
"""

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from rag.limits import Limits

Message = dict[str, str]  # "role": system, user or assistant; "content"

CONTRACT_TOKENS = 1000  # of a prompt beside its evidence, with room to spare
CHARACTERS = 12  # for each token that a reply may have: more is no reply to what was asked
CHARACTERS_A_TOKEN = 3  # where a model's own tokens cannot be counted: less than there are, so that a prompt never overflows

# Providers that litellm lists as compatible with OpenAI, yet does not reach through OpenAI's own client.
_NOT_BY_OPENAI_CLIENT = frozenset(
    "deepseek fireworks_ai together_ai heroku ragflow xai groq bedrock_mantle gigachat cometapi minimax hosted_vllm edenai "
    "fal_ai azure azure_ai mistral openrouter huggingface databricks vercel_ai_gateway lemonade ovhcloud bytez".split()
)
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a whole reply: what it took in tokens and US dollars (0 where the price is not known)."""

    prompt_tokens: int
    completion_tokens: int
    cost: float


class Failure(Exception):
    """Why a model gave no whole reply, in words that end a sentence. `again` says whether trying once more may help.

    `after` is how long the server asked to be left alone, in seconds.
    """

    def __init__(self, words: str, *, again: bool = False, after: float | None = None) -> None:
        super().__init__(words)
        self.words, self.again, self.after = words, again, after


class Generator(Protocol):
    """A language model. `name` is what it is called to people."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
        """Pieces of the reply as they come and then `Done`; without it the reply was cut. Raises Failure.

        `ends` is the moment (`time.monotonic`) at which the whole answer has to be there.
        """
        ...


class LiteLLM:
    """Any model that litellm reaches: `ollama/llama3.2`, `gpt-4o-mini`, or a name at an OpenAI-compatible `api_base`."""

    def __init__(
        self, model: str, api_base: str | None = None, limits: Limits | None = None, *, stands_in: bool = False
    ) -> None:
        self.name, self.api_base, self.limits = model, api_base, limits or Limits()
        self._stands_in = stands_in  # for a model at that address, at which it is itself only where its name has no provider

    def stream(self, messages: Sequence[Message], ends: float) -> Iterator[str | Done]:
        """As `Generator.stream`."""
        library = load()
        from rag.wire import Deadline, Wire

        deadline = Deadline(self.limits.first_token, self.limits.silence, ends)
        wire = Wire(deadline, self.limits.connect)
        stream: Any = None
        said = 0
        try:
            model, options = _route(library, self.name, self._address(library), wire)
            if model.startswith("ollama"):  # it cuts a prompt to its context, from the front, and says nothing
                options["num_ctx"] = self.limits.prompt_tokens + self.limits.reply_tokens + CONTRACT_TOKENS
            stream = library.completion(
                model=model, messages=list(messages), stream=True, stream_options={"include_usage": True}, temperature=0,
                max_tokens=self.limits.reply_tokens, timeout=max(0.001, deadline.left()), max_retries=0, drop_params=True,
                **options,
            )  # fmt: skip
            chunk, usage, finish = None, None, None
            for chunk in stream:
                usage = getattr(chunk, "usage", None) or usage
                if chunk.choices:
                    finish = chunk.choices[0].finish_reason or finish
                    piece = chunk.choices[0].delta.content
                    if piece:
                        said += len(piece)
                        if said > CHARACTERS * self.limits.reply_tokens:
                            raise Failure("wrote far more than was asked for")
                        deadline.progress()
                        yield str(piece)
                if deadline.left() <= 0:
                    raise TimeoutError
            # litellm says "stop" of a stream that was cut: only what the server itself said counts.
            if getattr(stream, "received_finish_reason", None) is None:
                raise Failure("broke off in the middle of its answer", again=True) if said else Failure(_nothing(wire))
            _judge(finish, said, self.limits)
            yield _done(library, model, messages, usage, said)
        except Failure:
            raise
        except GeneratorExit:
            raise
        except Exception as error:  # a provider's library may raise anything
            raise _failure(error, wire, deadline, self, said) from error
        finally:
            if stream is not None and hasattr(stream, "close"):
                _quietly(stream.close)
            wire.close()

    def _address(self, library: ModuleType) -> str | None:
        elsewhere = self._stands_in and not full_name(library, self.name, self.api_base).startswith("openai/")
        return None if elsewhere else self.api_base


def load() -> ModuleType:
    """Import litellm, once, and quieten it. Raises Failure where it is not installed."""
    with _LOADING:
        return _load()


@lru_cache(maxsize=1)
def _load() -> ModuleType:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it fetches a price list while it is imported
    try:
        import litellm
        import litellm.llms.custom_httpx.http_handler
        import openai  # noqa: F401  # a second of importing, which is not the model's
    except ImportError as error:
        raise Failure("cannot be asked, since litellm is not installed (pip install litellm)") from error
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.callbacks, litellm.success_callback, litellm.failure_callback = [], [], []
    litellm.disable_streaming_logging = True  # else each chunk is given to a pool of threads
    litellm.disable_hf_tokenizer_download = True  # else counting tokens may wait for a hub
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return litellm


def count_tokens(model: str, text: str) -> int:
    """Tokens of a text for a model, by litellm's counter; too many rather than too few where it has none."""
    try:
        return int(load().token_counter(model=model, text=text))
    except Exception:  # a counter that fails must not cost the answer
        return len(text) // CHARACTERS_A_TOKEN + 1


def price(model: str, prompt_tokens: int, completion_tokens: int) -> float:
    """US dollars by litellm's price list; 0 for a model that it does not know."""
    try:
        costs = load().cost_per_token(model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
        return float(sum(costs))
    except Exception:
        return 0.0


def _route(library: ModuleType, name: str, api_base: str | None, wire: Any) -> tuple[str, dict[str, Any]]:
    """The model's full name, and how litellm reaches it through our own connections."""
    import httpx

    model = full_name(library, name, api_base)
    try:
        _, provider, key, base = library.get_llm_provider(model, api_base=api_base)
    except Exception as error:
        raise Failure("is no model that litellm knows (openai/NAME with --api-base reaches any compatible server)") from error
    http = httpx.Client(transport=wire, timeout=None, follow_redirects=False)
    options: dict[str, Any] = {"api_base": base or api_base} if base or api_base else {}
    compatible = provider in {"openai", "custom_openai"} or provider in library.openai_compatible_providers
    if compatible and provider not in _NOT_BY_OPENAI_CLIENT:
        from openai import OpenAI

        key = os.environ.get("FOOTNOTE_API_KEY") or key or os.environ.get("OPENAI_API_KEY")
        if key is None and api_base is None and provider == "openai":
            raise Failure("needs a key: export OPENAI_API_KEY=...")
        options["api_key"] = key or "none"
        options["client"] = OpenAI(api_key=key or "none", base_url=base or api_base, http_client=http, max_retries=0)
    elif provider not in {"azure", "azure_ai"}:
        from litellm.llms.custom_httpx.http_handler import HTTPHandler

        options["client"] = HTTPHandler(client=http)
        if own := os.environ.get("FOOTNOTE_API_KEY"):
            options["api_key"] = own
    return model, options


def full_name(library: ModuleType, name: str, api_base: str | None) -> str:
    """A model's name with its provider: at an address of one's own, a name without one is that of a compatible server."""
    known = {str(getattr(provider, "value", provider)) for provider in library.provider_list}
    prefix, slash, _ = name.partition("/")
    return name if api_base is None or (slash and prefix in known) else f"openai/{name}"


def _judge(finish: str | None, said: int, limits: Limits) -> None:
    if finish == "length":
        raise Failure(f"did not finish within {limits.reply_tokens} tokens")
    if finish in {"tool_calls", "function_call"}:
        raise Failure("asked for a tool, and none is offered")
    if finish != "stop":
        raise Failure(f"stopped for another reason than being done ({finish})")
    if not said:
        raise Failure("answered without a word")


def _done(library: ModuleType, model: str, messages: Sequence[Message], usage: Any, said: int) -> Done:
    asked, answered = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(asked, int) or not isinstance(answered, int):
        asked = count_tokens(model, "\n".join(message["content"] for message in messages))
        answered = said // CHARACTERS_A_TOKEN + 1
    return Done(asked, answered, price(model, asked, answered))


def _failure(error: Exception, wire: Any, deadline: Any, model: LiteLLM, said: int) -> Failure:
    """Say what went wrong by what was seen on the wire: a provider's library names failures as it likes."""
    import httpcore

    where = urlsplit(model.api_base).netloc.rpartition("@")[2] if model.api_base else "its server"
    status = wire.status if wire.status is not None else getattr(error, "status_code", None)
    if isinstance(wire.error, httpcore.ConnectTimeout):
        return Failure(f"could not be reached at {where} within {model.limits.connect:g} s")
    if isinstance(wire.error, httpcore.ConnectError):
        return Failure(f"could not be reached at {where}")
    if wire.status is not None and wire.status >= 300:
        return _by_status(wire.status, wire.retry_after)
    if deadline.left() <= 0 or isinstance(error, TimeoutError) or isinstance(wire.error, httpcore.TimeoutException):
        if monotonic() >= deadline.ends:
            return Failure(f"did not finish within the {model.limits.whole:g} s of an answer")
        if said:
            return Failure(f"fell silent for {model.limits.silence:g} s in the middle of its answer")
        return Failure(f"said nothing within {model.limits.first_token:g} s")
    if isinstance(wire.error, httpcore.ProtocolError) and "more than" in str(wire.error):
        return Failure("sent far too much for an answer")
    if wire.error is not None:
        words = "broke off in the middle of its answer" if said else "closed the connection without an answer"
        return Failure(words, again=True)
    if wire.status is None and isinstance(status, int) and status >= 400:
        return _by_status(status, None)
    return Failure("sent something that is no answer")


def _by_status(status: int, after: str | None) -> Failure:
    words = {
        400: "did not accept the request (400)",
        401: "did not accept the key (401)",
        403: "is not allowed with this key (403)",
        404: "is not known to its server (404)",
        429: "has had too many requests (429)",
    }.get(status, f"failed on its server ({status})" if status >= 500 else f"was refused by its server ({status})")
    return Failure(words, again=status == 429 or status >= 500, after=_seconds(after))


def _seconds(after: str | None) -> float | None:
    """Seconds of a `Retry-After`, which is a number or a date (RFC 9110, section 10.2.3); None for anything else."""
    if after is None:
        return None
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _nothing(wire: Any) -> str:
    return "sent something that is no answer" if wire.status == 200 else "answered without a word"


def _quietly(close: Any) -> None:
    try:
        close()
    except Exception:
        return
