"""curl's options as its manual (8.16) lists them: which take a value, and which of them say nothing on a route.

Must know all of them, so that an unknown value is never taken for the URL, nor the URL for a value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ambassador.explain.asking.question import BadRequest

UNKNOWN = ""
URL = "url"

_WITH_VALUE = """
    abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to
    continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode
    delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine
    etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header help hostpubmd5 hostpubsha256 hsts interface
    ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type knownhosts krb krb4 libcurl limit-rate
    local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy
    oauth2-bearer output output-dir parallel-max parallel-max-host pass pinnedpubkey preproxy proto proto-default
    proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header
    proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype
    proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 pubkey quote random-file range rate referer request
    request-target resolve retry retry-delay retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5
    socks5-gssapi-service socks5-hostname speed-limit speed-time ssl-sessions stderr telnet-option tftp-blksize
    time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket
    upload-file upload-flags url url-query user user-agent variable vlan-priority write-out
"""
_SWITCHES = """
    alpn anyauth append basic buffer ca-native cert-status clobber compressed compressed-ssh create-dirs crlf digest
    disable disable-eprt disable-epsv disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed eprt epsv
    fail fail-early fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip
    ftp-ssl ftp-ssl-ccc ftp-ssl-control ftp-ssl-reqd get globoff haproxy-protocol head http0.9 http1.0 http1.1 http2
    http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ipv6 junk-session-cookies
    keepalive list-only location location-trusted mail-rcpt-allowfails manual metalink mptcp negotiate netrc
    netrc-optional next npn ntlm ntlm-wb out-null parallel parallel-immediate path-as-is post301 post302 post303
    progress-bar progress-meter proxy-anyauth proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-insecure
    proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw
    remote-header-name remote-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused
    sasl-ir sessionid show-error show-headers silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl
    ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2 sslv3 styled-output
    suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata tlsv1 tlsv1.0 tlsv1.1 tlsv1.2
    tlsv1.3 tr-encoding trace-ids trace-time use-ascii verbose version xattr
"""
_LETTERS = """
    a append b cookie c cookie-jar d data e referer f fail g globoff h help i include j junk-session-cookies k insecure
    l list-only m max-time n netrc o output p proxytunnel q disable r range s silent t telnet-option u user v verbose
    w write-out x proxy y speed-time z time-cond A user-agent B use-ascii C continue-at D dump-header E cert F form
    G get H header I head J remote-header-name K config L location M manual N buffer O remote-name P ftp-port Q quote
    R remote-time S show-error T upload-file U proxy-user V version X request Y speed-limit Z parallel 0 http1.0
    1 tlsv1 2 sslv2 3 sslv3 4 ipv4 6 ipv6 : next # progress-bar
"""
# What is shown, kept, waited for, retried or verified: the request is the same with and without.
_SILENT = """
    alpn append buffer ca-native cacert capath cert-status ciphers clobber connect-timeout cookie-jar create-dirs
    create-file-mode crlfile curves disable dump-header etag-save expect100-timeout fail fail-early fail-with-body
    false-start follow form-escape globoff happy-eyeballs-timeout-ms http1.1 http2 http2-prior-knowledge
    ignore-content-length include insecure ipv4 ipv6 junk-session-cookies keepalive keepalive-cnt keepalive-time
    libcurl limit-rate local-port location location-trusted max-filesize max-redirs max-time out-null output output-dir
    parallel parallel-immediate parallel-max parallel-max-host pinnedpubkey post301 post302 post303 progress-bar
    progress-meter rate raw remote-header-name remote-name remote-name-all remote-time remove-on-error retry
    retry-all-errors retry-connrefused retry-delay retry-max-time sessionid show-error show-headers silent
    skip-existing speed-limit speed-time ssl-no-revoke ssl-revoke-best-effort stderr styled-output
    suppress-connect-headers tcp-fastopen tcp-nodelay tls-max tls13-ciphers tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3
    trace trace-ascii trace-config trace-ids trace-time use-ascii verbose write-out xattr
"""

WITH_VALUE = frozenset(_WITH_VALUE.split())
SWITCHES = frozenset(_SWITCHES.split())
LETTERS = dict(zip(_LETTERS.split()[::2], _LETTERS.split()[1::2], strict=True))
SILENT = frozenset(_SILENT.split())
_SORTED = tuple(sorted(WITH_VALUE | SWITCHES))
# How far a URL is looked for behind an option that nobody knows.
_NEAR = 50


@dataclass(frozen=True, slots=True)
class Option:
    """One option, or a URL that stands for itself. `name` is the long one; UNKNOWN with what was written as value."""

    name: str
    value: str = ""
    written: str = ""


def options(words: tuple[str, ...]) -> tuple[Option, ...]:
    """What stands behind the name of the program, up to where --next begins another request.

    Raises:
        BadRequest: an option lacks its value.
    """
    left = deque(words)
    found: list[Option] = []
    only_urls = False
    while left:
        word = left.popleft()
        if only_urls or not word.startswith("-") or word == "-":
            found.append(Option(URL, word))
        elif word == "--":
            only_urls = True
        elif word.startswith("--"):
            found.append(_long(word, left))
        else:
            found += _short(word, left)
        if found and found[-1].name == "next" and any(option.name == URL for option in found):
            break
    return tuple(found)


def _long(word: str, left: deque[str]) -> Option:
    written, equals, value = word.partition("=")
    name = _name(written[2:])
    if name in WITH_VALUE:
        return Option(name, value if equals else _value(written, left), written)
    if name in SWITCHES or name.startswith("no-"):
        return Option(name, written=written)
    if not equals and left and _is_value(left):
        left.popleft()
    return Option(UNKNOWN, written=written)


def _name(text: str) -> str:
    """The option of that name, or of that abbreviation; UNKNOWN when there is none."""
    if text in WITH_VALUE or text in SWITCHES:
        return text
    if text.startswith("no-") and text[3:] in SWITCHES:
        return text
    if text.startswith("expand-") and text[7:] in WITH_VALUE:
        return text[7:]
    at = bisect_left(_SORTED, text)
    longer = [name for name in _SORTED[at : at + 2] if text and name.startswith(text)]
    return longer[0] if len(longer) == 1 else UNKNOWN


def _short(word: str, left: deque[str]) -> Iterator[Option]:
    for at, letter in enumerate(word[1:], 2):
        name = LETTERS.get(letter, UNKNOWN)
        if name in WITH_VALUE:
            yield Option(name, word[at:] or _value("-" + letter, left), "-" + letter)
            return
        yield Option(name, written="-" + letter)


def _value(written: str, left: deque[str]) -> str:
    if not left:
        raise BadRequest(f"{written} stands at the end of the curl line and lacks its value")
    return left.popleft()


def _is_value(left: deque[str]) -> bool:
    """Whether the word behind an option that nobody knows is its value: it is no URL, and there is one behind it."""
    first = left[0]
    return not first.startswith("-") and "://" not in first and any("://" in word for word in islice(left, _NEAR))
