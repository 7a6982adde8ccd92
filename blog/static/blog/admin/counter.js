// How much room is left in a field that has little.

export function countDown(field) {
  if (!field || field.maxLength < 0) return;
  const shown = document.createElement("output");
  shown.className = "counter";
  const show = () => {
    shown.textContent = `${field.value.length} of ${field.maxLength} characters`;
    shown.classList.toggle("counter-near", field.value.length > field.maxLength * 0.9);
  };
  (field.closest(".form-row")?.querySelector(".help") ?? field.parentElement).append(shown);
  field.addEventListener("input", show);
  show();
}
