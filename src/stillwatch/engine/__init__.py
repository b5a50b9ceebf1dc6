"""Where relational steps run. An engine knows tables and SQL, and nothing of fraud.

Stages build named :class:`Step` objects in one dialect (DuckDB's); an engine transpiles and executes them. DuckDB is
the engine of one machine, Apache Spark that of a cluster; both give the same tables.
"""

from stillwatch.engine.duckdb import DuckDBEngine
from stillwatch.engine.protocol import Engine, EngineError, EngineSettingError, InProcess, Step
from stillwatch.engine.spark import SparkEngine

__all__ = ["DuckDBEngine", "Engine", "EngineError", "EngineSettingError", "InProcess", "SparkEngine", "Step"]
