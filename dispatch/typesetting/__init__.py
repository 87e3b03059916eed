"""The pages of the archive copy, set by Typst in a process of their own: what a letter asks of it ends nothing else."""

from dispatch.typesetting.setting import LARGEST_HTML, Job, PdfError, PdfFile, set_letter

__all__ = ["LARGEST_HTML", "Job", "PdfError", "PdfFile", "set_letter"]
