"""What pyproject.toml has no words for: the accelerator, in C, for where there is a compiler.

Without one the hot functions run in Python; src/tickwire/accelerator.py says more.
"""

from setuptools import Extension, setup

setup(ext_modules=[Extension("tickwire._speed", ["src/tickwire/_speed.c"], optional=True)])
