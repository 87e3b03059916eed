"""How the reading of a file ends where it can't go on."""

from dispatch.ports import FileFault, FileProblem


class Unreadable(Exception):
    """The file can't be read; ``problem`` says why and where."""

    def __init__(
        self, fault: FileFault, *, sheet: str = "", row: int = 0, column: int = 0, most: int = 0, named: str = ""
    ) -> None:
        super().__init__(str(fault))
        self.problem = FileProblem(fault, sheet=sheet, row=row, column=column, most=most, named=named)
