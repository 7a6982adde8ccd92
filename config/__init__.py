"""How the project is put together. The version is said here alone; pyproject.toml and the API read it."""

__version__ = "1.1.0"
