// On a phone the rows of a list are cards (admin.css): each value is told by the name of its column.

for (const list of document.querySelectorAll("#result_list")) {
  const names = [...list.tHead.rows[0].cells].map((cell) => cell.querySelector(".text")?.textContent.trim());
  for (const row of list.tBodies[0].rows) {
    for (const cell of row.cells) {
      const name = names[cell.cellIndex];
      if (name && cell.matches("td") && !cell.querySelector("img")) cell.dataset.label = name;
    }
  }
}
