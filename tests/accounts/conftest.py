"""The same served workspace as for the tests of the interface."""

from api.conftest import fresh_site, postgresql, shared_site, site

__all__ = ["fresh_site", "postgresql", "shared_site", "site"]
