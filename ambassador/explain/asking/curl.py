"""A pasted curl command line to the question that it asks. The way back is in `to_curl.py`.

Files, variables and proxies are never read or asked: what of a line is not used is said in a note.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from ambassador.explain.asking import shell_words
from ambassador.explain.asking.curl_options import SILENT, UNKNOWN, URL, Option, options
from ambassador.explain.asking.question import BadRequest, Question, Understood, opening, quoted

MOST_NOTES = 12

_DATA = ("data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json")
_ENCODED = ("data-urlencode", "url-query")
_FORMS = ("form", "form-string")
_OTHER_LOGINS = frozenset({"anyauth", "aws-sigv4", "digest", "negotiate", "ntlm", "ntlm-wb"})
_USED = frozenset(
    [*_DATA, *_FORMS, URL, UNKNOWN, "basic", "compressed", "cookie", "get", "globoff", "haproxy-clientip", "head"]
    + ["header", "interface", "next", "oauth2-bearer", "path-as-is", "range", "referer", "request", "upload-file"]
    + ["url-query", "user", "user-agent", "resolve", "connect-to", "request-target"]
)
_ENCODINGS = "deflate, gzip, br, zstd"
_FORM_TYPE = "multipart/form-data; boundary=------------------------0123456789abcdef"
# What curl itself would read as several URLs.
_GLOB = re.compile(r"\{[^{}]*\}|\[\w+-\w+(?::\d+)?\]")
_BEFORE_QUERY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:/{1,3})?[^/?#]*(?P<path>[^?#]*)")


def asked(text: str, method: str = "", headers: tuple[str, ...] = (), client: str = "") -> Understood:
    """The question of a URL or a curl line, with what is given besides: that wins over what the line says.

    Raises:
        BadRequest: a curl line asks nothing.
    """
    understood = from_curl(text) if shell_words.is_command(text) else Understood(Question(text))
    question = understood.question
    names = {_name(line) for line in headers}
    kept = tuple(line for line in question.headers if _name(line) not in names)
    together = replace(
        question, method=method or question.method, headers=kept + headers, client=client or question.client
    )
    return replace(understood, question=together)


def from_curl(text: str) -> Understood:
    """The question that a command line asks, and what of it is not used.

    Raises:
        BadRequest: it is no curl command line, or asks nothing.
    """
    split = shell_words.split(text)
    program = next((at for at, word in enumerate(split.words) if shell_words.is_curl(word)), None)
    if program is None:
        raise BadRequest("this is no curl command line: begin it with curl, or write a URL")
    line = _Line(options(split.words[program + 1 :]))
    if not line.urls:
        raise BadRequest("the curl line has no URL: write one as https://shop.example.com/cart?x=1")
    if line.has("http1.0"):
        raise BadRequest("Envoy answers 426 to HTTP/1.0: leave the option out to ask about HTTP/1.1 or 2")
    before = ("what stands in front of curl is ignored",) if program else ()
    notes = dict.fromkeys((*before, *split.notes, *line.notes()))
    question = Question(
        line.url(),
        line.method(),
        tuple(line.headers()),
        line.client(),
        path_as_is=line.has("path-as-is"),
        http1=line.has("http1.1"),
        target=line.last("request-target") if line.has("request-target") else "",
    )
    return Understood(question, _capped(tuple(notes)))


@dataclass(frozen=True, slots=True)
class _Line:
    """The options of one request."""

    options: tuple[Option, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        return self.all(URL)

    def all(self, *names: str) -> tuple[str, ...]:
        return tuple(option.value for option in self.options if option.name in names)

    def last(self, name: str) -> str:
        return next((option.value for option in reversed(self.options) if option.name == name), "")

    def has(self, *names: str) -> bool:
        return any(option.name in names for option in self.options)

    def method(self) -> str:
        if self.has("request"):
            return self.last("request")
        if self.has("head"):
            return "HEAD"
        if self.has("upload-file"):
            return "PUT"
        return "POST" if self.has(*_DATA, *_FORMS) and not self.has("get") else ""

    def url(self) -> str:
        query = [datum for option in self._query() if (datum := _datum(option))]
        url, mark, fragment = _uploaded(self.urls[0], self.last("upload-file")).partition("#")
        if query:
            url += ("&" if "?" in url else "?") + "&".join(query)
        return url + mark + fragment

    def _query(self) -> Iterator[Option]:
        """What is added to the URL's query, in curl's order."""
        yield from (option for option in self.options if option.name == "url-query")
        if self.has("get"):
            yield from (option for option in self.options if option.name in _DATA)

    def client(self) -> str:
        given = self.last("haproxy-clientip") or self.last("interface")
        return given if _is_ip(given) else ""

    def headers(self) -> Iterator[str]:
        """As they would be written for -H. One that is given that way wins over what another option would send."""
        given = [line for line in self.all("header") if _is_header(line)]
        names = {_name(line) for line in given}
        yield from (line for line in self._of_options() if _name(line) not in names)
        yield from given

    def _of_options(self) -> Iterator[str]:
        if self.has("user-agent"):
            yield "user-agent: " + self.last("user-agent")
        others = (
            ("referer", self.last("referer").removesuffix(";auto")),
            ("cookie", ";".join(value for value in self.all("cookie") if "=" in value)),
            ("authorization", self._authorization()),
            ("accept-encoding", _ENCODINGS if self.has("compressed") else ""),
            ("range", "bytes=" + self.last("range") if self.has("range") else ""),
            ("accept", "application/json" if self.has("json") else ""),
            ("content-length", "0" if self._is_empty() else ""),
            ("content-type", self._content_type()),
        )
        yield from (f"{name}: {value}" for name, value in others if value)

    def _authorization(self) -> str:
        if self.has("oauth2-bearer"):
            return "Bearer " + self.last("oauth2-bearer")
        user = self.last("user")
        if not user or self.has(*_OTHER_LOGINS):
            return ""
        login = user if ":" in user else user + ":"
        return "Basic " + b64encode(login.encode(errors="surrogatepass")).decode()

    def _content_type(self) -> str:
        if self.has(*_FORMS):
            return _FORM_TYPE
        if self.has("json"):
            return "application/json"
        return "application/x-www-form-urlencoded" if self.has(*_DATA) and not self.has("get") else ""

    def _is_empty(self) -> bool:
        """Whether the body is empty. That of others is not told: a line that says it without a body waits for one."""
        data = [option for option in self.options if option.name in _DATA]
        return len(data) == 1 and not data[0].value and not self.has("get", *_FORMS)

    def notes(self) -> Iterator[str]:
        """One sentence for all that has no effect here but would have one for curl."""
        if len(self.urls) > 1:
            yield f"of {len(self.urls)} URLs only the first is looked at"
        if self.has("next"):
            yield "what follows --next is another request, and not looked at"
        if not self.has("globoff") and (several := _GLOB.search(self.urls[0])):
            yield f"curl would ask several URLs for {quoted(several.group())}; it is taken as it stands"
        files = (option for option in self._query() if _is_file(option))
        yield from (f"{option.written}: the query lacks what is in a file" for option in files)
        for option in self.options:
            yield from _notes_on(option)


def _uploaded(url: str, file: str) -> str:
    """The URL that a file is sent to: a path that is a folder's gets the file's name."""
    name = re.split(r"[/\\]", file)[-1]
    found = _BEFORE_QUERY.match(url)
    if name in ("", "-", ".") or not found:
        return url
    folder = found.group() if found["path"] else found.group() + "/"
    return folder + (quote(name) if folder.endswith("/") else "") + url[found.end() :]


def _notes_on(option: Option) -> Iterator[str]:
    if option.name == UNKNOWN:
        yield f"{option.written} is no option of curl that is known here, and is ignored"
    elif option.name in ("resolve", "connect-to"):
        yield f"{option.written}: the address does not count; listener and host follow from the URL"
    elif option.name == "header" and not _is_header(option.value):
        yield f"{option.written} {opening(option.value)} is ignored: it is not written as name: value"
    elif option.name == "cookie" and "=" not in option.value:
        yield f"{option.written}: the cookies of a file are not read"
    elif option.name in ("interface", "haproxy-clientip") and not _is_ip(option.value):
        yield f"{option.written} {quoted(option.value)} is ignored: it is no IP address"
    elif option.name not in _USED | SILENT and not option.name.startswith("no-"):
        yield f"{option.written} is ignored"


def _name(line: str) -> str:
    return re.split("[:;]", line, maxsplit=1)[0].strip().lower()


def _is_header(line: str) -> bool:
    return not line.startswith("@") and (":" in line or line.rstrip().endswith(";"))


def _is_file(option: Option) -> bool:
    if option.name in _ENCODED:
        return "@" in option.value and "=" not in option.value and option.value[0] != "+"
    return option.name != "data-raw" and option.value.startswith("@")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _datum(option: Option) -> str:
    if _is_file(option):
        return option.value.partition("@")[0]
    if option.name == "url-query" and option.value.startswith("+"):
        return option.value[1:]
    return _encoded(option.value) if option.name in _ENCODED else option.value


def _encoded(value: str) -> str:
    """`content`, `=content` or `name=content` with the content percent-encoded."""
    name, equals, content = value.partition("=")
    encoded = quote(content if equals else name, safe="", errors="replace").replace("%20", "+")
    return f"{name}={encoded}" if equals and name else encoded


def _capped(notes: tuple[str, ...]) -> tuple[str, ...]:
    if len(notes) <= MOST_NOTES:
        return notes
    return (*notes[: MOST_NOTES - 1], f"{len(notes) - MOST_NOTES + 1} more of that kind")
