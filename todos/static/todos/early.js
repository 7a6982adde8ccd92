// Runs before the page is drawn, so that neither the colours nor the screen change before the user's eyes.
// It knows one thing of the user: whether this browser has to-dos to show (see app.js).
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
if (localStorage.getItem("todos.user")) document.documentElement.classList.add("known");

// Somebody may type before the modules are here: no form of this page is sent as forms are, add.js finds what was asked,
// and the field takes the next one.
addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    event.preventDefault();
    if (form.id !== "add" || form.dataset.wired) return;
    const field = form.elements["new-title"];
    form.dataset.asked = JSON.stringify([...JSON.parse(form.dataset.asked ?? "[]"), field.value]);
    field.value = "";
  },
  { capture: true },
);
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("#ways-in button, #open-account");
    if (button) button.dataset.asked = "yes"; // welcome.js and account.js, likewise
    if (!event.target.closest("#app .skip")) return;
    event.preventDefault(); // the address says which view this is, and a view takes the focus
    document.getElementById("new-title").focus();
  },
  { capture: true },
);
