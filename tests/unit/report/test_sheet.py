"""An object's YAML as people wrote it, with the numbers of its file; and what of it is never shown."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.origins import Excerpt
from ambassador.report.sheet import Sheet, sheet
from ambassador.sources.folder import load

ALL = """\
# what the shop needs
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: cart}
spec:
  prefix: /cart/   # with its slash
  service: cart
  headers:
    x-canary: "1"
    authorization: Bearer 0123456789
  hostname: >-
    shop.test
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: notes}
  data:
    key: |
      -----BEGIN PRIVATE KEY-----
      hidden
      -----END PRIVATE KEY-----
    plain: seen
- apiVersion: v1
  kind: Service
  metadata:
    name: web
    annotations:
      getambassador.io/config: |
        ---
        apiVersion: getambassador.io/v3alpha1
        kind: Mapping
        name: one
        prefix: /one/
        service: web
        ---
        apiVersion: getambassador.io/v3alpha1
        kind: Mapping
        name: two
        prefix: /two/
        service: web
"""


@pytest.fixture
def config(tmp_path: Path) -> ConfigSnapshot:
    (tmp_path / "all.yaml").write_text(ALL)
    return load([tmp_path])


def page_of(config: ConfigSnapshot, kind: str, name: str) -> Sheet:
    key = ObjectKey(kind, "default", name)
    return sheet(kind, config.objects[key].content, config.origins.excerpt(key))


def numbered(page: Sheet) -> dict[int, str]:
    return dict(enumerate(page.lines, page.first))


def test_given_an_object_of_a_file_then_its_lines_have_the_numbers_of_the_file(config: ConfigSnapshot) -> None:
    page = page_of(config, "Mapping", "cart")
    assert page.of_file
    assert numbered(page)[1] == "# what the shop needs"
    assert numbered(page)[6] == "  prefix: /cart/   # with its slash"
    assert max(numbered(page)) == 12


def test_given_a_field_then_its_lines_are_known(config: ConfigSnapshot) -> None:
    page = page_of(config, "Mapping", "cart")
    assert page.span(("spec", "prefix")) == (6, 6)
    assert page.span(("spec", "headers")) == (8, 10)
    assert page.span(("spec", "hostname")) == (11, 12)
    assert page.span(("spec", "nothing")) == (5, 5)


def test_given_an_item_of_a_list_then_only_that_item_is_shown(config: ConfigSnapshot) -> None:
    page = page_of(config, "ConfigMap", "notes")
    assert (min(numbered(page)), max(numbered(page))) == (17, 25)
    assert numbered(page)[25] == "    plain: [4 characters]"


def test_given_an_object_in_an_annotation_then_its_part_of_the_annotation_is_shown(config: ConfigSnapshot) -> None:
    one, two = page_of(config, "Mapping", "one"), page_of(config, "Mapping", "two")
    assert numbered(one)[36] == "prefix: /one/"
    assert numbered(two)[42] == "prefix: /two/"
    assert (two.span(("spec", "prefix")), two.of_file) == ((42, 42), True)
    assert not any("one" in line for line in two.lines)


def test_given_an_annotation_that_is_no_literal_block_then_the_numbers_are_the_objects_own(tmp_path: Path) -> None:
    text = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    getambassador.io/config: "'
    nested = "apiVersion: getambassador.io/v2\\nkind: Mapping\\nname: a\\nprefix: /a/\\nservice: web\\n"
    (tmp_path / "all.yaml").write_text(f'{text}{nested}"\n')
    page = page_of(load([tmp_path]), "Mapping", "a")
    assert (page.first, page.of_file, page.span(("spec", "prefix"))) == (1, False, (4, 4))


def test_given_an_object_without_text_then_it_is_written_anew_with_numbers_of_its_own() -> None:
    content = {"kind": "Mapping", "spec": {"prefix": "/a/", "headers": {"x": "1"}}}
    page = sheet("Mapping", content, None)
    assert page.lines == ("kind: Mapping", "spec:", "  prefix: /a/", "  headers:", "    x: '1'")
    assert (page.first, page.of_file, page.span(("spec", "headers"))) == (1, False, (4, 5))


def test_given_values_that_custom_keeps_secret_then_they_are_redacted_in_place(config: ConfigSnapshot) -> None:
    cart, notes = numbered(page_of(config, "Mapping", "cart")), numbered(page_of(config, "ConfigMap", "notes"))
    assert cart[10] == "    authorization: [redacted]"
    assert cart[9] == '    x-canary: "1"'
    assert (notes[21], notes[22], notes[24]) == ("    key: [61 characters]", "", "")


SECRET = """\
# old key: c2VjcmV0LW9sZA==
apiVersion: v1
kind: Secret
metadata:
  name: tls
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"data": {"k": "c2VjcmV0LWxhc3Q="}}'
data: {tls.key: &k c2VjcmV0LWtleQ==, other: *k}
stringData:
  plain: c2VjcmV0LXBsYWlu
"""


def test_given_a_secret_then_neither_values_nor_comments_nor_copies_are_shown(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SECRET)
    page = page_of(load([tmp_path]), "Secret", "tls")
    text = "\n".join(page.lines)
    assert "c2VjcmV0" not in text
    assert text.count("[redacted]") == 4
    assert not page.of_file
    assert page.span(("stringData", "plain"))[0] == page.first + page.lines.index("  plain: [redacted]")


PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBhidden\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        f"kind: Mapping\nspec: {{a: b}}\n# {PEM.splitlines()[0]}\n# MIIBhidden\n",
        f"kind: Mapping\nspec:\n  a: {base64.b64encode(PEM.encode()).decode()}\n",
        "kind: Mapping\nspec:\n  x-api-key: MIIBhidden\n",
        "kind: Mapping\nspec: {headers: {Authorization: MIIBhidden}}\n",
        "kind: Mapping\nspec:\n  cookie: {value: MIIBhidden, append: true}\n",
        "kind: Mapping\nspec:\n  authorization: [MIIBhidden, MIIBhidden]\n",
        "kind: HTTPRoute\nspec:\n  headers:\n  - name: Authorization\n    value: MIIBhidden\n",
        "kind: Mapping\nspec:\n  anything: https://user:MIIBhidden@host/\n",
        "kind: Mapping\nspec:\n  anything: Bearer MIIBhidden0\n",
        "kind: Mapping\nspec:\n  list:\n  - password: |\n      MIIBhidden\n      MIIBhidden\n  - b\n",
        "kind: Mapping\n# password: MIIBhidden\n",
        "kind: Mapping\nmetadata:\n  annotations:\n    text: |\n      token: MIIBhidden\n",
        '{"kind": "Mapping", "spec": {"session-token": "MIIBhidden"}}',
        "kind: Mapping\nspec:\n  token: &t MIIBhidden\n  other: *t\n",
        "kind: Mapping\nspec: {dbPassword: MIIBhidden, accessTokens: [MIIBhidden], pwd: MIIBhidden}\n",
        "kind: Mapping\nspec: {headers: {secret: MIIBhidden, x-shared-secret: MIIBhidden}}\n",
        "kind: Mapping\nspec: {passwords: {db: MIIBhidden}}\n",
        "kind: Mapping\n# password=MIIBhidden\n# export API_KEY=MIIBhidden\n",
        'kind: Mapping\nspec: {a: b} # {"a":1,"password":"MIIBhidden"}\n',
        "kind: Mapping\nspec:\n  x: 'token: MIIBhidden'\n",
        "kind: Mapping\nspec:\n  x: |\n    - name: DB_PASSWORD\n      value: MIIBhidden\n",
        "kind: Mapping\nspec:\n  x: |\n    - value: MIIBhidden\n      name: DB_PASSWORD\n",
        "kind: Mapping\nspec:\n  x: |\n    password: |\n      MIIBhidden\n\n      MIIBhidden\n    a: b\n",
        "kind: Mapping\n# password:\n#   MIIBhidden\n#   MIIBhidden\nspec: {a: b}\n",
        'kind: Mapping\nspec:\n  x: "{\\"password\\": \\"MIIBhidden\\"}"\n',
        "kind: Mapping\nspec: {a: 'redis://:MIIBhidden@h', b: 'https://MIIBhidden@h'}\n",
        "kind: Mapping\nspec: {c: '/?access_token=MIIBhidden', d: 1}\n",
        "kind: Mapping\nmetadata: {annotations: {any.test/x: MIIBhidden, other: [MIIBhidden]}}\n",
        "kind: Mapping\nmetadata: {annotations: {getambassador.io/token: MIIBhidden}}\n",
    ],
)
def test_given_a_secret_anywhere_in_a_manifest_then_it_is_not_shown(text: str) -> None:
    content = {"kind": "Mapping", "spec": {"a": "b"}}
    page = sheet("Mapping", content, Excerpt(text, 5))
    shown = "\n".join(page.lines)
    assert "hidden" not in shown
    assert base64.b64encode(PEM.encode()).decode()[:20] not in shown


def test_given_settings_that_only_sound_like_secrets_then_they_are_shown() -> None:
    text = (
        "kind: Mapping\nspec:\n  headers:\n    authorization: true\n  tlsSecret: {name: shop}\n"
        "  load_balancer: {policy: ring_hash, cookie: {name: sticky, ttl: 60s}}\n  cors: {credentials: true}\n"
        "  secret: shop-tls\n  ca_secret: shop-ca\n  service: auth-token:8080\n  tls: {secretName: shop}\n"
        "metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/auth-tls-secret: default/ca\n"
        "    kubernetes.io/ingress.class: ambassador\n"
    )
    assert sheet("Mapping", {}, Excerpt(text, 1)).lines == tuple(text.splitlines())


@pytest.mark.parametrize("text", ["a: 'b\u2028  c'\n", "a: b\rc: d\n", "a: [", "", "\x00"])
def test_given_a_text_whose_lines_cannot_be_told_then_the_object_is_written_anew(text: str) -> None:
    assert sheet("Mapping", {"kind": "Mapping"}, Excerpt(text, 3)).lines == ("kind: Mapping",)


@pytest.mark.parametrize(
    "text", ["-" * 50_000, "a-" * 25_000, "x://" + "a:" * 25_000, " " * 50_000 + "#", "token" * 10_000]
)
def test_given_very_long_lines_then_they_are_cut_and_cost_little(text: str) -> None:
    lines = "".join(f"  k{number}: '{text}'\n" for number in range(20))
    started = time.process_time()
    page = sheet("Mapping", {"kind": "Mapping"}, Excerpt(f"kind: Mapping\nspec:\n{lines}", 1))
    assert max(map(len, page.lines)) < 1_100
    assert len(page.lines) == 22
    assert time.process_time() - started < 5


def test_given_a_secret_with_very_many_values_then_it_is_shown_soon() -> None:
    data = {f"key-{number}": "hidden" for number in range(3_000)}
    started = time.process_time()
    page = sheet("Secret", {"kind": "Secret", "data": data}, None)
    assert len(page.lines) == 3_002
    assert time.process_time() - started < 10


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), _values, max_size=4))
def test_any_content_can_be_shown_and_every_field_found(content: dict[str, object]) -> None:
    page = sheet("Mapping", content, None)
    last = page.first + len(page.lines) - 1
    for name in content:
        start, end = page.span((name,))
        assert page.first <= start <= end <= last


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=6, max_size=30), min_size=1, max_size=4))
def test_no_value_of_a_secret_is_ever_shown(data: dict[str, str]) -> None:
    marked = {name: f"hidden-{value}" for name, value in data.items()}
    page = sheet("Secret", {"kind": "Secret", "data": marked, "stringData": marked}, None)
    assert "hidden-" not in "\n".join(page.lines)
