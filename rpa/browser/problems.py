"""What a robot cannot get past by itself."""

from outbound.errors import GiveUp

# A person must change something about the login before anything is tried again: trying on may lock the account.
LOGIN_TROUBLES = frozenset({"login_refused", "second_factor", "captcha"})


class Stuck(GiveUp):
    """The page is not what the recipe expects. ``words``: what the page itself says."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.words = words[:300]
