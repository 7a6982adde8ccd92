// A button beside each secret link that copies it.

export function copyLinks(root) {
  for (const link of root.querySelectorAll(".secret-link")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button copy-link";
    button.textContent = "Copy the link";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.href);
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy the link";
      }, 2000);
    });
    if (navigator.clipboard) link.after(" ", button, " ");
  }
}
