"""What a handler or a channel says when something could not be done."""


class Failure(Exception):
    """Not done. `code` is kept and shown; `for_good` if no retry can help."""

    def __init__(self, code: str, *, for_good: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good
