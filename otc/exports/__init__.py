"""Reports to take away: the same document as an Excel workbook, a delimited file or a printed page."""
