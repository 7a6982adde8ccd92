"""MyBlog: posts, tags and subscribers, the pages people read, and the admin."""

from serverless.service import EventSource, PersonalRows, PublicTexts, Service, SignedRows, Told, Worker

SERVICE = Service(
    name="blog",
    title="MyBlog",
    urls="blog.urls",
    api_index={"posts": "/api/blog/posts/", "tags": "/api/blog/tags/", "subscribers": "/api/blog/subscribers/"},
    sources=(
        EventSource(name="blog-media", handler="blog.events.record_uploads", failures="blog-media-failures"),
        EventSource(name="letters", handler="blog.events.look_after_letters", failures="letters-failures"),
        EventSource(name="mail-feedback", handler="blog.events.take_feedback", failures="mail-feedback-failures"),
        EventSource(name="reads", handler="blog.reads.count_reads", kinesis=True, failures="reads-failures"),
        EventSource(name="posts", handler="blog.events.follow_posts", stream=True, failures="posts-failures"),
        EventSource(
            name="subscribers", handler="blog.events.send_welcome_emails", stream=True, failures="welcome-failures"
        ),
    ),
    tasks={
        "freeze-letter": "blog.letters.steps.freeze",
        "plan-letter": "blog.letters.steps.plan",
        "send-letter": "blog.letters.steps.send",
        "report-letter": "blog.letters.steps.report",
    },
    workers=(Worker(name="reads-count", handler="blog.reads.count_reads"),),
    tables=("posts", "tags", "subscribers", "deliveries", "reads"),
    personal_rows=(
        PersonalRows(table="subscribers", keys=("email",), attribute="email", by_address=True),
        PersonalRows(table="deliveries", keys=("letter", "recipient"), attribute="email", by_address=True),
    ),
    signed_rows=(
        SignedRows(
            table="posts",
            index_name="by_author_changed",
            author="author",
            key="slug",
            name="author_name",
            tags="tags",
            place="position",
            copies="tags",
        ),
    ),
    public_texts=(
        PublicTexts(
            table="posts",
            index_name="by_published",
            partition=("feed", "posts"),
            moment="position",
            key="slug",
            path="/posts/{}/",
            body="html",
            picture="hero",
            moved="moved_to",
        ),
    ),
    told=(
        Told(
            title="Subscribers who came and confirmed",
            table="subscribers",
            index_name="by_subscribed",
            partition=("shelf", "subscribers"),
            moment="created_at",
            only=("status", "confirmed"),
        ),
        Told(
            title="Posts published",
            table="posts",
            index_name="by_published",
            partition=("feed", "posts"),
            moment="position",
        ),
        Told(
            title="Read most in the month",
            table="reads",
            index_name="by_month",
            partition=("month", ""),
            top=("slug", "total"),
        ),
    ),
    outputs={"MAIL_FROM": "MailFrom", "LETTERS_MACHINE": "LettersMachine", "READS_PERCENT": "ReadsPercent"},
    calls=("media",),
    permissions={
        "viewers": frozenset({"blog.view_post", "blog.view_subscriber"}),
        "editors": frozenset({"blog.add_post", "blog.change_post"}),
        "publishers": frozenset(
            {"blog.publish_post", "blog.delete_post", "blog.change_subscriber", "blog.delete_subscriber"}
        ),
    },
    # Each may become a mail. Whoever has many addresses is held by the last, and so are readers then.
    throttles={"subscribe": (("address", 10, 3600), ("network", 100, 3600), ("all", 1000, 3600))},
    enums={"PostStatus": ("draft", "scheduled", "published")},
    # Who knows which posts show a picture: called with folders of renditions, it answers with posts for each.
    hooks={"upload_uses": "blog.search.uses"},
    has_admin=True,
    error_pages="blog.pages.views",
    is_default=True,
    counted_path="/posts/*",
    private_paths=("/api/blog/drafts/", "/api/blog/unsubscribe/", "/confirm/", "/drafts/", "/unsubscribe/"),
    cached_reads={
        "/api/blog/posts": ("author", "cursor", "limit", "tag"),
        "/api/blog/posts/{slug}": (),
        "/api/blog/tags": (),
    },
    requirements=frozenset({"anyascii", "idna", "markdown-it-py", "mdit-py-plugins", "mdurl", "nh3", "pygments"}),
    aws=frozenset({"cloudfront", "sesv2", "stepfunctions"}),
)
