"""Tests of the built image. `make image-test` runs them and names it; they need Docker, so nothing else does."""

import os

collect_ignore_glob = [] if "IMAGE_UNDER_TEST" in os.environ else ["test_*.py"]
