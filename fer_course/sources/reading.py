"""Reading a dataset from whatever it is stored in: CSV, folder tree, zip or ``.npz``."""

import io
import os
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .fer2013 import read_fer2013_csv
from .image_trees import read_folder, read_zip
from .pixels import SIZE

_CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
_FORMATS = "fer2013.csv, icml_face_data.csv, a folder train/<emotion>/*.jpg, a zip of one of these, or an .npz"
