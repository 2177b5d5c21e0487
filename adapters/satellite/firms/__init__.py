"""NASA FIRMS: thermal anomalies (火点, 热异常) of MODIS and VIIRS, asked for or handed in as CSV."""

from adapters.satellite.firms.adapter import Adapter

__all__ = ["Adapter"]
