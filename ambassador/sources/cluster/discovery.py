"""Which of the wanted kinds the cluster has now. Asked every few seconds, which costs one unchanged ETag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ambassador.kube.api import Api
from ambassador.kube.errors import ApiError, Unreachable
from ambassador.sources.cluster.resources import CORE, Resource, Wanted, aggregated, of_version, served

_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


class Discovery:
    """Used by one thread."""

    def __init__(self, api: Api, kinds: Sequence[Wanted]) -> None:
        self._api = api
        self._kinds = kinds
        self._etag = ""
        self._served: Mapping[str, Resource] = {}

    def look(self, timeout: float) -> Mapping[str, Resource]:
        """The resource to watch for each kind; kinds that the cluster lacks are missing. `timeout` in seconds.

        Raises:
            ApiError: the server will not say.
            Unreachable: it does not answer.
        """
        try:
            document, etag = self._api.get_changed("/apis", self._etag, accept=_AGGREGATED, timeout=timeout)
        except ApiError as error:
            if error.status != 403:
                raise
            # Without leave to look, each kind is tried as it most probably is.
            return {one.kind: one.guess() for one in self._kinds}
        if document is not None:
            self._served = self._read(document, timeout)
            self._etag = etag
        return self._served

    def _read(self, document: Mapping[str, object], timeout: float) -> Mapping[str, Resource]:
        if document.get("kind") != "APIGroupDiscoveryList":
            return self._one_by_one(timeout)
        try:
            return served(aggregated(document), self._kinds)
        except (KeyError, TypeError, AttributeError) as error:
            raise Unreachable("what the API server says of its resources cannot be understood") from error

    def _one_by_one(self, timeout: float) -> Mapping[str, Resource]:
        """Clusters before 1.27 give one list a version."""
        found: dict[str, dict[str, dict[str, Resource]]] = {}
        pairs = {(one.group, version): None for one in self._kinds for version in one.versions if one.group != CORE}
        for group, version in pairs:
            try:
                listed = self._api.get(f"/apis/{group}/{version}", timeout=timeout)
            except ApiError as error:
                if error.status != 404:
                    raise
                continue
            found.setdefault(group, {})[version] = of_version(group, version, listed)
        return served(found, self._kinds)
