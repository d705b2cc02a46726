"use strict";
// Whatever scrolls by itself can be reached by keyboard, and what does not is no stop on the way.
(() => {
  const boxes = document.querySelectorAll(".wide, pre");
  const update = () => {
    for (const box of boxes) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", update);
  addEventListener("toggle", update, true);
  update();
})();
