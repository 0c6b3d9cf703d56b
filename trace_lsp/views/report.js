"use strict";
// Enlarges, shrinks and drags the drawing. Without it the drawing can still be scrolled.
for (const figure of document.querySelectorAll("figure")) {
  const box = figure.querySelector(".drawing");
  const tools = figure.querySelector(".tools");
  const drawing = box.querySelector("svg");
  const natural = drawing.viewBox.baseVal;
  let scale = drawing.getBoundingClientRect().width / natural.width;

  const apply = (next) => {
    const before = scale;
    scale = Math.min(8, Math.max(0.05, next));
    // What is in the middle stays there.
    const x = (box.scrollLeft + box.clientWidth / 2) * (scale / before) - box.clientWidth / 2;
    const y = (box.scrollTop + box.clientHeight / 2) * (scale / before) - box.clientHeight / 2;
    drawing.setAttribute("width", natural.width * scale);
    drawing.setAttribute("height", natural.height * scale);
    box.scrollTo(x, y);
  };
  const fit = () => {
    const room = { x: box.clientWidth - 32, y: box.clientHeight - 32 };
    apply(Math.min(1.25, room.x / natural.width, room.y / natural.height));
  };
  const actions = { in: () => apply(scale * 1.25), out: () => apply(scale / 1.25), fit };

  tools.hidden = false;
  // A drawing that is too wide is shown smaller, as long as it can still be read.
  const room = (box.clientWidth - 32) / natural.width;
  if (room < scale) apply(Math.max(room, 0.75));
  tools.addEventListener("click", (event) => actions[event.target.dataset.zoom]?.());
  box.addEventListener("keydown", (event) => {
    const action = { "+": "in", "=": "in", "-": "out", "0": "fit" }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[action]();
  });
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    apply(scale * Math.exp(-event.deltaY / 300));
  }, { passive: false });
  box.addEventListener("pointermove", (event) => {
    if (event.buttons !== 1 || event.pointerType !== "mouse") return;
    box.scrollBy(-event.movementX, -event.movementY);
  });
}
