"""What the API refuses, as one exception."""


class ApiError(Exception):
    """An answer that is not a success; ``detail`` is the sentence a person would read in the body."""

    def __init__(self, status: int, detail: str, *, about: str = "request") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.about = about


def bad_request(detail: str, *, about: str = "request") -> ApiError:
    """The request can not be understood, or names something that does not exist."""
    return ApiError(400, detail, about=about)
