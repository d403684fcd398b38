"""Which kinds are watched right now: starts a reflector for what the cluster serves, and asks whether it is there.

Runs on a thread of its own. Kinds that appear are picked up; kinds that vanish lose their objects, and no others do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ambassador.kube.errors import ApiError, Unreachable
from ambassador.sources.cluster.discovery import Discovery
from ambassador.sources.cluster.observed import ObservedTable
from ambassador.sources.cluster.outbox import UNSETTLED, Standing
from ambassador.sources.cluster.reflector import Around, Reflector
from ambassador.sources.cluster.resources import Resource, Wanted
from ambassador.sources.cluster.secrets import SECRET, Secrets
from ambassador.sources.cluster.sink import KindSink
from ambassador.sources.cluster.words import missing

_FETCHERS = 4
_JOIN_SECONDS = 2.0
# Seconds for an answer to a look: usually, and while the server is away, so that its return is soon noticed.
_PATIENT, _HURRIED = 5.0, 1.5
# So often in a row must a kind be absent before its objects are believed to be gone.
_LOOKS = 2
# What they guard must not be served before it is known whether they are there. TLSContexts demand client certificates.
_GUARDS: Mapping[str, str] = MappingProxyType(
    {"AuthService": "Mapping", "RateLimitService": "Mapping", "TLSContext": "Host"}
)


@dataclass(slots=True)
class _Watched:
    """One kind. `absent`: looks in a row that did not find it."""

    wanted: Wanted
    sink: KindSink | Secrets | None = None
    reflector: Reflector | None = None
    thread: threading.Thread | None = None
    absent: int = 0


class Supervisor:
    """`start`, then `stop`, once each."""

    def __init__(self, around: Around, kinds: Sequence[Wanted], secrets: Secrets, observed: ObservedTable) -> None:
        self._around = around
        self._discovery = Discovery(around.api, kinds)
        self._watched = [_Watched(one) for one in kinds]
        self._secrets = secrets
        self._observed = observed
        self._threads: list[threading.Thread] = []
        # Whether the server is known to know roles and CRDs, and since when it says that it is not ready.
        self._trusted = False
        self._unready_since: float | None = None

    def start(self) -> None:
        """Starts all threads."""
        outbox = self._around.outbox
        for one in self._watched:
            outbox.stand(one.wanted.kind, UNSETTLED)
        self._run("discovery", self._look_on)
        for number in range(_FETCHERS):
            self._run(f"secret {number}", lambda: self._secrets.fetch_all(self._around.reach))

    def stop(self) -> None:
        """Ends all threads; one that waits for an answer ends by itself when that comes, or with the process."""
        self._around.reach.stop()
        self._secrets.stop()
        for one in self._watched:
            if one.reflector is not None:
                one.reflector.stop()
        end = time.monotonic() + _JOIN_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, end - time.monotonic()))

    def _look_on(self) -> None:
        around = self._around
        suspicions = 0
        while not around.reach.stopped:
            suspicions = around.reach.rest(self._look(), suspicions)

    def _look(self) -> float:
        """Asks once what there is; seconds until the next look."""
        around = self._around
        seconds = _HURRIED if around.reach.away else _PATIENT
        try:
            if not self._trusted and not self._begins_to_trust(seconds):
                return self._away("the API server is starting and not ready yet")
            found = self._discovery.look(seconds)
        except Unreachable as error:
            return self._away(f"the API server does not answer ({error.message})")
        except ApiError as error:
            return self._away(_refusal(error))
        if around.reach.away:
            # Idle connections from before may be as dead as the watches.
            around.api.close()
        since = around.reach.answered()
        for one in self._watched:
            if since is not None and one.reflector is not None:
                one.reflector.renew(before=since)
            self._adjust(one, found.get(one.wanted.kind))
        return around.timings.look

    def _away(self, message: str) -> float:
        self._trusted = False
        self._around.reach.silent(message)
        return self._around.timings.away

    def _begins_to_trust(self, seconds: float) -> bool:
        """Whether to believe what the server says. One that has just started answers before it has read its roles and
        CRDs: then it forbids what is allowed, and knows no kind of ours. One that never gets ready is believed at last.
        """
        now = time.monotonic()
        since = self._unready_since = self._unready_since or now
        self._trusted = self._around.api.is_ready(timeout=seconds) or now - since >= self._around.timings.patience
        if self._trusted:
            self._unready_since = None
        return self._trusted

    def _adjust(self, one: _Watched, resource: Resource | None) -> None:
        """Brings one kind into line with what the cluster serves."""
        running = one.thread is not None and one.thread.is_alive()
        if resource is None:
            if not running:
                self._absent(one)
            return
        one.absent = 0
        if not running:
            self._begin(one, resource)
        elif one.reflector is not None and one.reflector.resource != resource:
            # It begins in the other version at the next look, when the thread has ended.
            one.reflector.stop()

    def _absent(self, one: _Watched) -> None:
        one.absent += 1
        if one.sink is not None and one.absent >= _LOOKS:
            one.sink.clear()
            one.sink = None
        if one.sink is None:
            self._around.outbox.stand(one.wanted.kind, Standing(True, missing(one.wanted)))

    def _begin(self, one: _Watched, resource: Resource) -> None:
        if one.sink is None:
            secret = one.wanted.kind == SECRET.kind
            one.sink = self._secrets if secret else KindSink(resource, self._around.outbox, self._observed)
        one.sink.move(resource)
        one.reflector = Reflector(self._around, resource, one.sink, _GUARDS.get(one.wanted.kind, ""))
        one.thread = self._run(resource.plural, one.reflector.run)

    def _run(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:
                self._around.outbox.fail(error)
                raise

        thread = threading.Thread(target=guarded, name=f"cluster {name}", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()
        return thread


def _refusal(error: ApiError) -> str:
    if error.status == 401:
        return "the API server does not accept the credentials (401): check the token or the kubeconfig's user"
    return f"the API server answers {error.status}: {error.message}"
