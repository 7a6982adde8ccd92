"""My data: what is kept of a user, taken away with their account."""

from serverless.service import EventSource, PersonalRows, Service, Worker

SERVICE = Service(
    name="mydata",
    title="My data",
    urls="mydata.urls",
    index={"erasure": "/api/mydata/erasure/"},
    sources=(EventSource(name="erasures", handler="mydata.events.begin_erasures", failures="erasures-failures"),),
    tasks={
        "close-account": "mydata.steps.close",
        "erase-data": "mydata.steps.erase",
        "prove-erasure": "mydata.steps.prove",
        "end-account": "mydata.steps.end",
    },
    workers=(Worker(name="mydata-erase", handler="mydata.events.handle"),),
    tables=("erasures",),
    # Counts of requests are nobody's table; a user's have their `sub` in the key.
    personal_rows=(PersonalRows(table="counters", keys=("key",), attribute="key", is_part=True),),
    outputs={"ERASURE_MACHINE": "ErasureMachine", "TOKEN_SECONDS": "TokenSeconds"},
    private_paths=("/api/mydata/",),
    memory_mb=512,
    aws=frozenset({"scheduler", "sesv2", "stepfunctions"}),
)
