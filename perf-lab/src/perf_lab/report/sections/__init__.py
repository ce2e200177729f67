"""The sections of the page, a file for each laboratory.

`write(source, folder)` returns the HTML, with links that hold for a page in that folder.

They import chart, markup and published; none imports another.
"""
