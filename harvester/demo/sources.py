"""The demo sites as sources. Two say no more than their home, so that a run shows how a site is probed."""

from harvester.source import Source

DEMO_SOURCES: tuple[Source, ...] = (
    Source(name="shahed", home="http://shahed.example/", delay_s=0),
    Source(name="harbour-gazette", home="http://harbour-gazette.example/", delay_s=0),
    Source(
        name="le-courrier-du-port",
        home="http://le-courrier-du-port.example/",
        sections=[
            "http://le-courrier-du-port.example/rubrique/port",
            "http://le-courrier-du-port.example/rubrique/ville",
            "http://le-courrier-du-port.example/rubrique/english",
        ],
        delay_s=0,
    ),
)
"""No delay: the server is our own."""
