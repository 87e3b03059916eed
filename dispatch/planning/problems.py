"""What stands in the way of a plan, gathered: a case worker is told of all of it at once."""

from dataclasses import dataclass, field
from types import TracebackType

from dispatch.core import Rejected


@dataclass(slots=True)
class Problems:
    """Sentences, in the order in which they were met. What is refused inside ``with`` is kept, and work goes on."""

    sentences: list[str] = field(default_factory=list)

    def __enter__(self) -> None:
        """Begins a check."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Keeps what it refused."""
        if not isinstance(error, Rejected):
            return False
        self.sentences += error.problems
        return True

    def refuse(self) -> None:
        """Raises what was met.

        Raises:
            Rejected: anything was.
        """
        if self.sentences:
            raise Rejected(self.sentences)
