"""What pyproject.toml has no words for: the accelerator, in C, for where there is a compiler.

Without one the hot functions run in Python; src/tickwire/accelerator.py says more.
"""

from glob import glob

from setuptools import Extension, setup

# One translation unit: the parts are included. `depends` rebuilds when one changes, and puts them into the sdist.
parts = sorted(glob("src/tickwire/speed_c/*.h"))
setup(ext_modules=[Extension("tickwire._speed", ["src/tickwire/speed_c/module.c"], depends=parts, optional=True)])
