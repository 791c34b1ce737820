"""An article's steps, one thin file each; `harvester.settings.ITEM_PIPELINES` is their order and its reasons.

known → clean → dedup → store. Each takes a `HarvestItem`, calls the harvester, and returns a new item or drops it.
`watch` is no step but an extension: it opens a source's run, books what goes wrong, and ends the run.
"""
