"""Events of S3 that come twice, in any order, or at the same time."""

import itertools
import threading
from typing import BinaryIO

import pytest
from django.conf import settings

from config.aws import client
from media import services, thumbnails
from media.keys import Visibility
from media.models import Status, Upload, comparable
from tests.media.messages import Listener
from tests.media.recorded import RECORDED_ID, Event, Owner, batch, deliver
from tests.media.uploading import open_picture, picture
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_events")


def test_a_duplicate_changes_nothing(owner: Owner, listener: Listener) -> None:
    event = owner.created("photo.jpg", "0A", owner.put("photo.jpg"))
    deliver(event)
    first, renditions = owner.upload, owner.renditions()
    assert deliver(batch(event, event, event)) == []
    assert owner.upload.serialize() == first.serialize()
    assert owner.renditions() == renditions
    told = [listener.wait(first.id, "upload.ready", count) for count in (1, 4)]
    assert told[0] == told[1]


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations([0, 1, 2])))
def test_the_last_of_three_files_wins_in_any_order(owner: Owner, order: tuple[int, ...], versioned: bool) -> None:
    events = [
        owner.created("a.png", sequencer, owner.put("a.png", picture(width)) if versioned else None)
        for sequencer, width in (("00FF", 51), ("00FF01", 52), ("01", 53))
    ]
    if not versioned:
        owner.put("a.png", picture(53))
    for index in [*order, order[0]]:
        assert deliver(events[index]) == []
    assert (owner.upload.status, owner.upload.width, owner.upload.sequencer) == (
        Status.READY, 53, comparable("01")
    )  # fmt: skip
    assert len(owner.renditions()) == 6
    assert all(f"/{comparable('01')}/" in key for key in owner.renditions())


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1, 2])))
def test_a_file_that_came_back_stays(owner: Owner, order: tuple[int, ...]) -> None:
    first = owner.put("a.png", picture(51))
    client("s3").delete_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{owner.sub}/a.png")
    last = owner.put("a.png", picture(52))
    events = [owner.created("a.png", "01", first), owner.removed("a.png", "02"), owner.created("a.png", "03", last)]
    for index in order:
        assert deliver(events[index]) == []
    assert (owner.upload.width, len(owner.renditions())) == (52, 6)


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1])))
def test_a_file_that_went_stays_away(owner: Owner, order: tuple[int, ...]) -> None:
    version = owner.put("a.png", picture(51))
    client("s3").delete_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{owner.sub}/a.png")
    events = [owner.created("a.png", "01", version), owner.removed("a.png", "02")]
    for index in order:
        assert deliver(events[index]) == []
    assert (owner.uploads(), owner.renditions()) == ([], [])


class Pause:
    """Stops the first drawing midway, until told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        draw, first = services._draw, iter([True])

        def stop(local: BinaryIO) -> thumbnails.Pictures:
            if next(first, False):
                self.reached.set()
                assert self.go_on.wait(20)
            return draw(local)

        monkeypatch.setattr(services, "_draw", stop)

    def run(self, event: Event) -> threading.Thread:
        """Deliver in a thread of its own, up to the pause."""
        thread = threading.Thread(target=deliver, args=(event,))
        thread.start()
        assert self.reached.wait(20)
        return thread

    def end(self, thread: threading.Thread) -> None:
        """Let it finish."""
        self.go_on.set()
        thread.join(20)
        assert not thread.is_alive()


def test_a_file_replaced_while_it_is_drawn_never_mixes(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause(monkeypatch)
    thread = pause.run(owner.created("a.png", "01", owner.put("a.png", picture(51))))
    assert owner.upload.status == Status.PROCESSING
    deliver(owner.created("a.png", "02", owner.put("a.png", picture(52))))
    pause.end(thread)
    assert (owner.upload.width, owner.upload.size) == (52, len(picture(52)))
    assert len(owner.renditions()) == 6
    widths = {open_picture(link(key)).width for key in owner.renditions()}
    assert widths == {52}


def link(key: str) -> str:
    """Where a rendition is read that is its owner's alone."""
    place = {"Bucket": settings.THUMBNAILS_BUCKET, "Key": key}
    return client("s3").generate_presigned_url("get_object", Params=place)


def test_an_upload_deleted_while_it_is_drawn_leaves_nothing(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause(monkeypatch)
    thread = pause.run(owner.created("a.png", "01", owner.put("a.png", picture(51))))
    Upload.remove((owner.sub, owner.upload.id))
    pause.end(thread)
    assert (owner.uploads(), owner.renditions()) == ([], [])


def test_an_upload_deleted_just_before_it_is_drawn_does_not_come_back(owner: Owner) -> None:
    """The stream tells of its end after the file's event has made its row anew."""
    deleted = Upload.waiting_for(
        owner=owner.sub, name="a.png", content_type="image/png", size=1, visibility=Visibility.PRIVATE
    )
    path = f"{deleted.id}/a.png"
    deliver(owner.created(path, "01", owner.put(path, picture(51))))
    assert (owner.upload.id, owner.upload.status) == (deleted.id, Status.READY)
    services.remove_files(upload=deleted, expired=False)
    assert owner.uploads() == []
    until(lambda: not owner.renditions(), "the renditions to go")


def test_the_same_event_twice_at_once_ends_once(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause(monkeypatch)
    event = owner.created("a.png", "01", owner.put("a.png", picture(51)))
    thread = pause.run(event)
    deliver(event)
    version = owner.upload.version
    pause.end(thread)
    assert (owner.upload.width, owner.upload.version, len(owner.renditions())) == (51, version, 6)


def test_two_files_under_one_uploads_id_have_an_upload_each(owner: Owner) -> None:
    for name, sequencer in (("a.png", "01"), ("b.png", "02"), ("a.png", "03")):
        path = f"{RECORDED_ID}/{name}"
        deliver(owner.created(path, sequencer, owner.put(path, picture(50))))
    assert sorted(upload.name for upload in owner.uploads()) == ["a.png", "b.png"]


def test_a_file_whose_id_its_owner_gave_away_fails_no_event(owner: Owner) -> None:
    """Anybody could call an operator by it."""
    deliver(owner.created("a.png", "01", owner.put("a.png", picture(50))))
    own_id = owner.upload.id
    owner.upload.delete()
    for path, sequencer in ((f"{own_id}/b.png", "02"), ("a.png", "03")):
        assert deliver(owner.created(path, sequencer, owner.put(path, picture(50)))) == []
    assert [upload.name for upload in owner.uploads()] == ["b.png"]
