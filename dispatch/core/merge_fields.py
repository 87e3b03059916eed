"""A field of a letter, as it is frozen with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MergeField:
    """One field as a letter has it: ``key`` is what spellings of its name have in common, ``title`` is for people.

    Without a default every recipient must have a value.
    """

    mark: str
    key: str
    title: str
    default: str | None = None

    @property
    def written(self) -> str:
        """How a case worker writes it."""
        return f"{{{{{self.title}}}}}" if self.default is None else f"{{{{{self.title}|{self.default}}}}}"
