"""People, schools and who supports whom, many at a time: by a spreadsheet, or by a page."""
