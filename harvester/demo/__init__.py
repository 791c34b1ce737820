"""The bundled demo news: three invented sites on loopback, and what exactly a good harvest of them holds.

`site` serves them, `sources` describes them as sources, `gold` says what their articles are. The articles lie in
`content/<site>/*.toml`; places, people, agencies and events in them are invented.
"""
