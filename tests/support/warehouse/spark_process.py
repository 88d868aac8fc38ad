"""Runs SQL and dbt in one Spark session, in the environment that `make` made for it.

`python spark_process.py FOLDER` keeps its tables in the folder. Each line of standard input is a
command: `{"statements": [...]}`, which are SQL, or `{"arguments": [...]}`, which are dbt's. Each is
answered by a line.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner  # type: ignore[import-not-found,unused-ignore]
from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]
from snowpark_connect_deps_iceberg import (  # type: ignore[import-not-found,unused-ignore]
    get_jar_path,
)

ICEBERG = {
    "spark.jars": str(get_jar_path("iceberg-spark-runtime-3.5_2.12-1.10.2.jar")),
    "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
    "spark.sql.catalog.spark_catalog.type": "hive",
    # The catalog in memory knows no locks, and nobody else writes.
    "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:catalog;create=true",
}
# A few hundred rows: what makes Spark fast with many makes it slow with few.
QUICK = {
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
    " -Dderby.stream.error.file=/dev/null",
}
# Parquet files with dates of any century, and instants as others write them.
PARQUET = {
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}


def main(folder: Path) -> None:
    """Answer commands until there are no more."""
    # Spark, which is a process of its own, may write where the answers go.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    session = _session(folder)
    manifest = dbtRunner().invoke(["parse", "--quiet"]).result
    for line in sys.stdin:
        command = json.loads(line)
        answer: dict[str, Any] = {"success": True}
        for statement in command.get("statements", ()):
            session.sql(statement)
        if "arguments" in command:
            done = dbtRunner(manifest=manifest).invoke(command["arguments"])
            answer = {"success": done.success, "error": str(done.exception)}
        print(json.dumps(answer), file=answers, flush=True)


def _session(folder: Path) -> Any:
    """Return a session on this machine alone."""
    place = {
        "spark.sql.warehouse.dir": str(folder),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # As the profile has it, also before dbt is run.
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in (ICEBERG | QUICK | PARQUET | place).items():
        builder = builder.config(name, value)
    session = builder.enableHiveSupport().getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


if __name__ == "__main__":
    main(Path(sys.argv[1]))
