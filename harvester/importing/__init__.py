"""Import: pages that somebody has recorded (WARC, WACZ, folders of HTML) go the way of pages that we fetch ourselves.

`inputs` finds what there is to read and `records`, `folders` read it; `readers` extracts on all cores; `importer` takes
each page through the steps of a harvest run, in batches; `markers` says how far a file has been taken over.
"""
