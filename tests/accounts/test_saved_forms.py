"""Forms of the admin that are sent when the sign-in is over: kept for their writer, and given back to nobody else."""

import uuid
from urllib.parse import urlsplit

import pytest
import requests

from tests.accounts.editor import Editor, forms
from tests.accounts.test_staff_rights import ADD, LIST, change, text_of
from tests.personas import Persona, sign_up

RESUMED = "You had been signed out"


pytestmark = pytest.mark.usefixtures("table_of_notes")


def end_session(editor: Editor) -> None:
    """As after a night: the row is gone."""
    editor.session.flush()


def form_of(page: requests.Response) -> dict[str, str]:
    """The fields of the row's own form."""
    return next(fields for action, fields in forms(page.text) if action == "")


def test_a_form_sent_too_late_comes_back_filled_in(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    hosted = editor.submit(page, "", text="Not\nlost: <b>ünïcode</b> & all.")
    form = editor.fill_in(hosted, edith)
    assert form.status_code == 200
    assert RESUMED in form.text
    assert "Not\nlost: &lt;b&gt;ünïcode&lt;/b&gt; &amp; all." in form.text.replace("\r\n", "\n")
    assert text_of(note) == "As it was."
    editor.submit(form, "", text="Saved after all.")
    assert text_of(note) == "Saved after all."


def test_a_form_with_a_long_address_comes_back_filled_in(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(f"{change(note)}?e={'x' * 3000}")
    end_session(editor)
    assert "Not lost." in editor.fill_in(editor.submit(page, "", text="Not lost."), edith).text


def test_what_is_saved_is_not_given_back_again(editor: Editor, edith: Persona, note: str) -> None:
    """By the browser's way back, say: it would say that nothing is saved yet."""
    page = editor.sign_in(edith, change(note))
    end_session(editor)
    form = editor.fill_in(editor.submit(page, "", text="Edith's."), edith)
    assert RESUMED in editor.get(form.url).text
    editor.submit(form, "")
    assert text_of(note) == "Edith's."
    assert RESUMED not in editor.get(form.url).text


def test_a_new_row_sent_too_late_comes_back_filled_in(editor: Editor, edith: Persona) -> None:
    editor.sign_in(edith)
    page = editor.get(ADD)
    end_session(editor)
    name = uuid.uuid4().hex
    form = editor.fill_in(editor.submit(page, "", id=name, text="A new one."), edith)
    assert "A new one." in form.text
    editor.submit(form, "")
    assert text_of(name) == "A new one."


def test_forms_of_one_page_in_two_tabs_come_back_each(editor: Editor, edith: Persona) -> None:
    editor.sign_in(edith)
    pages = [editor.get(ADD), editor.get(ADD)]
    end_session(editor)
    hosted = [editor.submit(page, "", id=uuid.uuid4().hex, text=f"Tab {n}.") for n, page in enumerate(pages)]
    for number in (1, 0):
        assert f"Tab {number}." in editor.fill_in(hosted[number], edith).text


def test_what_someone_else_saved_meanwhile_is_not_overwritten(
    editor: Editor, other: Editor, edith: Persona, note: str
) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    other.sign_in(sign_up("bob", "editors"))
    other.submit(other.get(change(note)), "", text="Bob was faster.")
    form = editor.fill_in(editor.submit(page, "", text="Edith's."), edith)
    assert "Edith&#x27;s." in form.text
    assert "Bob was faster." in form.text
    assert text_of(note) == "Bob was faster."


def test_nobody_else_gets_it(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    hosted = editor.submit(page, "", text="Edith's alone.")
    form = editor.fill_in(hosted, sign_up("bob", "admins"))
    assert form.status_code == 200
    assert "Edith's alone." not in form.text.replace("&#x27;", "'")


@pytest.mark.parametrize("is_in", [True, False])
def test_a_form_of_who_was_here_before_is_not_given_to_who_came_after(
    editor: Editor, edith: Persona, note: str, is_in: bool
) -> None:
    """Of one browser: Edith's page stays open in a tab while Bob signs in, and perhaps out again, in another."""
    bob = sign_up("bob", "editors")
    page = editor.sign_in(edith, change(note))
    end_session(editor)
    editor.sign_in(bob)
    if not is_in:
        end_session(editor)
    answer = editor.submit(page, "", text="Edith's alone.")
    if is_in:
        assert answer.status_code == 403
        assert f"{bob.email} is signed in here by now" in answer.text
        kept = answer.text.split('">Try again</a>')[0].rpartition('"')[2]
        shown = editor.get(kept)
    else:
        shown = editor.fill_in(answer, bob)
        kept = shown.url
    assert "no longer kept" in shown.text
    assert "alone" not in shown.text
    end_session(editor)
    assert "Edith&#x27;s alone." in editor.sign_in(edith, kept).text
    assert text_of(note) == "As it was."


def test_nobody_else_finds_it(editor: Editor, other: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    kept = editor.fill_in(editor.submit(page, "", text="Edith's alone."), edith).url
    other.sign_in(sign_up("bob", "admins"))
    assert "no longer kept" in other.get(kept).text


def test_another_site_can_leave_nothing(editor: Editor, edith: Persona, note: str) -> None:
    for origin in ("https://evil.example", "null", ""):
        form = form_of(editor.sign_in(edith, change(note)))
        end_session(editor)
        answer = editor.post(change(note), {**form, "text": "forged"}, follow=False, Origin=origin)
        page = editor.fill_in(editor.get(answer.headers["Location"]), edith)
        assert urlsplit(page.url).query == ""
        assert "forged" not in page.text
        end_session(editor)


def test_a_form_from_before_a_new_sign_in_comes_back(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    editor.sign_in(edith)  # in another tab: the token of this form is of the session before
    form = editor.submit(page, "", text="From the old tab.")
    assert RESUMED in form.text
    assert "From the old tab." in form.text
    assert text_of(note) == "As it was."


def test_a_forged_form_is_refused(editor: Editor, edith: Persona, note: str) -> None:
    form = form_of(editor.sign_in(edith, change(note))) | {"csrfmiddlewaretoken": "", "text": "forged"}
    answer = editor.post(change(note), form, Origin="https://evil.example")
    assert (answer.status_code, "kept" in answer.text) == (403, False)
    assert text_of(note) == "As it was."


def test_a_form_that_the_site_has_shown_nobody_is_not_kept(editor: Editor, edith: Persona, note: str) -> None:
    """Or whoever likes could fill the table of the sessions."""
    form = form_of(editor.sign_in(edith, change(note))) | {"csrfmiddlewaretoken": ""}
    for made_up in ("", "0" * 32, uuid.uuid4().hex, f"{edith.sub}:{'0' * 43}"):
        answer = editor.post(change(note), {**form, "_writer": made_up})
        assert (answer.status_code, "kept" in answer.text) == (403, False), made_up


def test_a_text_too_long_to_keep_is_not_cut(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    end_session(editor)
    noise = "".join(uuid.uuid4().hex for _ in range(28_000))
    form = editor.fill_in(editor.submit(page, "", text=noise), edith)
    assert form.status_code == 200
    assert noise[:200] not in form.text


def test_an_action_sent_too_late_is_not_done(editor: Editor, note: str) -> None:
    admin = sign_up("ada", "admins")
    editor.sign_in(admin)
    page = editor.get(f"{LIST}{note}/delete/")
    end_session(editor)
    asked = editor.fill_in(editor.submit(page, ""), admin)
    assert asked.url.endswith(f"{note}/delete/")
    assert text_of(note) == "As it was."
