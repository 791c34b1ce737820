"""The tables: all articles as Parquet, for whoever has a query and not our code. FORMAT.md, "Tables", tells them."""

from harvester.tables.restoring import record_bytes, row_to_record
from harvester.tables.schema import ARTICLES, CAPTURES, COPIES, KINDS, REVISIONS
from harvester.tables.table import Written, table_objects
from harvester.tables.update import TablesReport, update_tables

__all__ = [
    "ARTICLES",
    "CAPTURES",
    "COPIES",
    "KINDS",
    "REVISIONS",
    "TablesReport",
    "Written",
    "record_bytes",
    "row_to_record",
    "table_objects",
    "update_tables",
]
