"""The pages of the archive copy, set by Typst in a process of their own, which alone dies of too much.

Handed out whole: ``page``, what that process runs.
"""

from dispatch.typesetting.setting import LARGEST_HTML, Job, PdfError, PdfFile, Typesetter, set_letter

__all__ = ["LARGEST_HTML", "Job", "PdfError", "PdfFile", "Typesetter", "page", "set_letter"]
