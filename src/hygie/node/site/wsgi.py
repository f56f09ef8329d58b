"""The site as a WSGI application; `hygie.node.site.server` starts it with a node."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler

application = WSGIHandler()
