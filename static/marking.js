// Marking: the links between criteria and evidence as they are ticked, comments put in at the cursor.

const form = document.querySelector("form[data-autosave]");

function showLinks() {
  for (const line of document.querySelectorAll("[data-bears-on]")) {
    let shown = 0;
    for (const link of line.querySelectorAll("[data-criterion]")) {
      const box = form.querySelector(
        `[data-links-to="${link.dataset.criterion}"][value="${line.dataset.bearsOn}"]`);
      link.hidden = !box?.checked;
      shown += link.hidden ? 0 : 1;
    }
    line.hidden = !shown;
  }
  for (const count of form.querySelectorAll("[data-linked-count]")) {
    const boxes = [...form.querySelectorAll(`[data-links-to="${count.dataset.linkedCount}"]`)];
    count.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length}`;
  }
}

function offerComments() {
  // A button takes the focus away, so the field is remembered that had it before.
  let field = form.querySelector("#feedback");
  form.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea")) field = target;
  });
  for (const each of form.querySelectorAll("[data-insert], [data-insert-hint]")) each.hidden = false;
  for (const button of form.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.insert).textContent;
      const before = field.value.slice(0, field.selectionStart);
      const gap = before && !/\s$/.test(before) ? " " : "";
      field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }
}

if (form) {
  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-links-to]")) showLinks();
  });
  showLinks();
  offerComments();
}
