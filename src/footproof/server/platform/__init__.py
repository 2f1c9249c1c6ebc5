"""Django for one workspace: settings made from its folder before Django is used, addresses, and the tables it needs."""

from footproof.server.platform.settings import configure, migrate, prepare

__all__ = ["configure", "migrate", "prepare"]
