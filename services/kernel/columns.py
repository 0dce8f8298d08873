"""Column kinds that mean the same in every area."""

from piccolo.columns import Bytea


class Sealed(Bytea):
    """A personal datum as `crypto.Keyring.seal` wrote it; `banshi keys rotate` finds these."""

    def __init__(self, *, null: bool = False) -> None:
        super().__init__(null=null, default=None)
