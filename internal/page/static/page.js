"use strict";
// Copies support details. Without a script they can be selected.
for (const button of document.querySelectorAll("[data-copied]")) {
  const list = button.parentElement.querySelector("dl");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const lines = [...list.children].map(row => [...row.children].map(cell => cell.textContent.trim()).join(": "));
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      button.nextElementSibling.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(list);
    }
  });
}
// The box "agree to all" ticks every box of the join form and shows whether all are ticked.
for (const all of document.querySelectorAll("#all")) {
  const boxes = [...all.form.querySelectorAll("[type=checkbox]")].filter(box => box !== all);
  const show = () => {
    const ticked = boxes.filter(box => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.closest("[hidden]").hidden = false;
  all.form.addEventListener("change", event => {
    if (event.target === all) boxes.forEach(box => { box.checked = all.checked; });
    show();
  });
  addEventListener("pageshow", show);
  show();
}
