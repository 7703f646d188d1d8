"""A GeoTIFF is written and moved to another projection; PROJ's and GDAL's data files are in the wheel."""

import numpy
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rasterio.warp import Resampling, calculate_default_transform, reproject, transform

height = numpy.arange(100, dtype="float32").reshape(10, 10)
profile = {"driver": "GTiff", "height": 10, "width": 10, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
with MemoryFile() as memory:
    with memory.open(transform=from_origin(13.0, 53.0, 0.1, 0.1), **profile) as raster:
        raster.write(height, 1)
    with memory.open() as raster:
        target = CRS.from_epsg(25833)
        moved, width, rows = calculate_default_transform(raster.crs, target, 10, 10, *raster.bounds)
        out = numpy.zeros((rows, width), "float32")
        reproject(
            raster.read(1),
            out,
            src_transform=raster.transform,
            src_crs=raster.crs,
            dst_transform=moved,
            dst_crs=target,
            resampling=Resampling.bilinear,
        )
(east,), (north,) = transform("EPSG:4326", target, [13.4], [52.5])
assert out.max() > 90, out
print(f"Berlin is at {east:.0f} {north:.0f} in {target.to_string()}")
