// The list of conversations: news of others, and the keys.

const news = document.querySelector(".news");
if (news) {
  const stream = new EventSource("/console/conversations/flux");
  stream.addEventListener("news", () => {
    news.querySelector("a").href = location.pathname + location.search;
    news.hidden = false;
  });
  addEventListener("pagehide", () => stream.close());
}

const links = [...document.querySelectorAll(".inbox h2 a")];

function move(step) {
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  if (links[next]) links[next].focus();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.getElementById("mots").focus(),
  "?": () => {
    const help = document.querySelector(".keys");
    help.open = !help.open;
    help.querySelector("summary").focus();
  },
};

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, select, textarea");
  if (writing || event.ctrlKey || event.altKey || event.metaKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
