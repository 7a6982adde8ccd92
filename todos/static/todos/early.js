// Runs before the page is drawn, so that neither the colours nor the screen change before the user's eyes.
// It knows one thing of the user: whether this browser has to-dos to show (see app.js).
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
if (localStorage.getItem("todos.user")) document.documentElement.classList.add("known");
