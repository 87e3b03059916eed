"""What a case worker reads afterwards: the report, the PDF for the archive, the recipients as CSV."""
