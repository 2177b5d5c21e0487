"""Lists of hot cells of a grid (热点网格): CSV, workbooks, GeoJSON, handed in."""

from adapters.satellite.hotgrid.adapter import Adapter

__all__ = ["Adapter"]
