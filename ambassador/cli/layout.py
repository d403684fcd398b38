"""Where the files beside the Python packages lie (supervisord's and Envoy's configuration, samples).

The project runs from its folder tree, in a checkout as in the image; must not look anywhere else.
"""

from __future__ import annotations

from pathlib import Path

import ambassador

HOME = Path(ambassador.__file__).resolve().parent.parent
SUPERVISORD_CONF = HOME / "entrypoint" / "supervisord.conf"
BOOTSTRAP_TEMPLATE = HOME / "envoy" / "bootstrap.yaml"
DEMO_SAMPLES = HOME / "examples" / "demo"
INSTALL_MANIFEST = HOME / "k8s" / "ambassador.yaml"
CRDS = HOME / "k8s" / "base" / "crds"
