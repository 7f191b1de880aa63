from rpa.models.settings import RpaSettings, SearchKey

__all__ = ["RpaSettings", "SearchKey"]
