"""The tables of the store, on one `metadata`."""

from sqlalchemy import MetaData

metadata = MetaData()
