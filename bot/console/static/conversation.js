// One conversation, live: new bubbles come in at the end, and the page follows them when its reader is there.

const list = document.querySelector(".transcript[data-live]");
const NEAR_PX = 200;

function atEnd() {
  return list.getBoundingClientRect().bottom < innerHeight + NEAR_PX;
}

function add(html) {
  const following = atEnd();
  const rows = document.createElement("template");
  // our own server's template, which escapes what people wrote
  rows.innerHTML = html;
  for (const row of [...rows.content.children]) {
    if (!row.id || !document.getElementById(row.id)) list.append(row);
  }
  if (following && list.lastElementChild) list.lastElementChild.scrollIntoView({ block: "nearest" });
}

if (list) {
  // a stream that breaks begins again by itself, with the id of the last event it had
  const stream = new EventSource(`${list.dataset.live}?apres=${list.dataset.newest}`);
  stream.addEventListener("rows", (event) => add(JSON.parse(event.data).html));
  addEventListener("pagehide", () => stream.close());
  if (!location.hash && list.lastElementChild) list.lastElementChild.scrollIntoView({ block: "end" });
}
