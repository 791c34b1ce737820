"""The news harvester: from a site's address to clean articles in a bucket.

A *page* is fetched by a spider (`spiders`), read into an *article* (`harvester.extract`), freed of its *furniture*
(`harvester.clean`), compared with what is stored (`harvester.verdict`, `harvester.dedup`) and written, once, to the
*archive* (`harvester.archive`). `pipelines` joins these steps, one a file; `harvester.run` begins and judges a run;
`harvester.cli` is what people type.
"""

__version__ = "0.1.0"
