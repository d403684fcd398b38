"""What gunicorn loads: `gunicorn -c diag/gunicorn.conf.py diag.wsgi:app`."""

from __future__ import annotations

import os

from diag.app import create_app
from diag.settings import from_environment

app = create_app(from_environment(os.environ))
