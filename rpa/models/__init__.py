from rpa.models.logins import RobotLogin
from rpa.models.requests import CancellationRequest, Evidence
from rpa.models.settings import RpaSettings, SearchKey

__all__ = ["CancellationRequest", "Evidence", "RobotLogin", "RpaSettings", "SearchKey"]
