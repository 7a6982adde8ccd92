"""My data: what is kept of a user, given to them as a file, and taken away with their account."""

from serverless.service import EventSource, PersonalFiles, PersonalRows, Service, Worker

SERVICE = Service(
    name="mydata",
    title="My data",
    urls="mydata.urls",
    api_index={"erasure": "/api/mydata/erasure/", "export": "/api/mydata/export/", "import": "/api/mydata/import/"},
    sources=tuple(
        EventSource(name=queue, handler="mydata.events.handle", failures=f"{queue}-failures")
        for queue in ("erasures", "exports", "imports")
    ),
    tasks={
        "close-account": "mydata.steps.close",
        "erase-data": "mydata.steps.erase",
        "prove-erasure": "mydata.steps.prove",
        "end-account": "mydata.steps.end",
        "pack-export": "mydata.exports.pack",
        "announce-export": "mydata.exports.announce",
        "fail-export": "mydata.exports.fail",
        "load-import": "mydata.imports.load",
        "fail-import": "mydata.imports.fail",
    },
    workers=(
        Worker(name="mydata-erase", handler="mydata.events.handle"),
        Worker(name="mydata-export", handler="mydata.events.handle", takes_exports=True),
        Worker(name="mydata-import", handler="mydata.events.handle", takes_exports=True),
    ),
    tables=("erasures", "transfers"),
    # Counts of requests are nobody's table; a user's have their `sub` in the key.
    personal_rows=(
        PersonalRows(table="counters", keys=("key",), attribute="key", is_part=True),
        PersonalRows(table="transfers"),
    ),
    personal_files=(
        PersonalFiles(bucket="UPLOADS_BUCKET", folder="exports/{owner}/"),
        PersonalFiles(bucket="UPLOADS_BUCKET", folder="imports/{owner}/"),
    ),
    outputs={
        "ERASURE_MACHINE": "ErasureMachine",
        "EXPORT_MACHINE": "ExportMachine",
        "IMPORT_MACHINE": "ImportMachine",
        "TOKEN_SECONDS": "TokenSeconds",
        "UPLOADS_BUCKET": "UploadsBucket",
    },
    throttles={
        # Each begins an execution, which scans tables.
        "erasure": (("user", 10, 3600),),
        "export": (("user", 10, 86400),),
        "import": (("user", 30, 86400),),
    },
    private_paths=("/api/mydata/",),
    memory_mb=512,
    aws=frozenset({"scheduler", "sesv2", "stepfunctions"}),
)
