"""The version of detcov, for what writes it into files and must import nothing else."""

__version__ = "0.1.0"
