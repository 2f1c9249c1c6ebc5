"""The VC API of W3C over the credentials of this software: issue, verify, status, for tests by other people's suites.

VCALM 1.0 (successor of the VC API). The issuer is a demonstration issuer with a key of its own; certificates are not
issued here.
"""

from footproof.server.vc_api.endpoints import VcApi
from footproof.server.vc_api.settings import Settings

__all__ = ["Settings", "VcApi"]
