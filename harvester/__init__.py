"""The news harvester: from a site's address to clean articles in a bucket.

A *page* is fetched by a spider (`spiders`), read into an *article* (`harvester.extract`), freed of its *furniture*
(`harvester.clean`), compared with what is stored (`harvester.dedup`) and written, once, to the *archive*
(`harvester.archive`). `pipelines` joins these steps, one a file; `harvester.run` starts and judges a run; `harvester.cli`
is what people type. The words are defined in the README's glossary.
"""

__version__ = "0.1.0"
