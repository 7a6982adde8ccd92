"""Uploads, their thumbnails, and credentials for a user's own folder."""

from serverless.service import EventSource, PersonalFiles, PersonalRows, Published, Service, StoredFiles, Worker

SERVICE = Service(
    name="media",
    title="Uploads and thumbnails",
    urls="media.urls",
    api_index={"uploads": "/api/media/uploads/", "credentials": "/api/media/credentials/"},
    sources=(
        EventSource(name="thumbnails", handler="media.events.create_thumbnails", failures="thumbnails-failures"),
        EventSource(name="uploads", handler="media.events.remove_files", stream=True, failures="uploads-failures"),
    ),
    workers=(
        Worker(
            name="media-thumbnails",
            handler="media.events.create_thumbnails",
            requirements=frozenset({"pillow", "pi-heif"}),
            in_each_region=True,
        ),
    ),
    tables=("uploads",),
    # What editors have published stays, as posts show it.
    personal_rows=(PersonalRows(table="uploads", stays_with="shelf"),),
    personal_files=(PersonalFiles(bucket="UPLOADS_BUCKET", exported=True), PersonalFiles(bucket="THUMBNAILS_BUCKET")),
    stored_files=(
        StoredFiles(
            bucket="UPLOADS_BUCKET",
            folders=("users/", "blog/"),
            table="uploads",
            attribute="object_key",
            unfinished=("waiting", "processing"),
        ),
    ),
    exports={"uploads": "media.exports.uploads"},
    buckets=("UploadsBucket", "ThumbnailsBucket"),
    outputs={
        "UPLOADS_BUCKET": "UploadsBucket",
        "THUMBNAILS_BUCKET": "ThumbnailsBucket",
        "MEDIA_TOPIC_ARN": "MediaTopicArn",
        "COGNITO_IDENTITY_POOL_ID": "IdentityPoolId",
    },
    permissions={
        "viewers": frozenset({"media.view_upload"}),
        "editors": frozenset({"media.add_upload", "media.change_upload"}),
        "publishers": frozenset({"media.delete_upload"}),
    },
    throttles={
        "upload": (("user", 100, 3600), ("address", 300, 3600)),
        "credentials": (("user", 60, 3600), ("address", 300, 3600)),
    },
    enums={"UploadStatus": ("waiting", "processing", "ready", "failed")},
    published=(Published(bucket="ThumbnailsBucket", path="/pictures/blog/*", variable="THUMBNAILS_URL"),),
    private_paths=("/api/media/",),
    timeout_seconds=60,
    aws=frozenset({"cloudfront", "sns"}),
)
