// Web addresses in a text become links; everything else stays text, whatever it looks like.

const ADDRESS = /https?:\/\/[^\s<>"«»“”]+/gi;
const OPENING = { ")": "(", "]": "[", "}": "{" };
const SHOWN_WHOLE = 40;
const SHOWN_TAIL = 20;

/** Nodes for a text, built without any HTML. */
export function withLinks(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutPunctuation(match[0]);
    const link = linkTo(address);
    if (!link) continue;
    nodes.push(text.slice(done, match.index), link);
    done = match.index + address.length;
  }
  nodes.push(text.slice(done));
  return nodes;
}

function withoutPunctuation(address) {
  let end = address.length;
  while (end > 0 && isPunctuation(address.slice(0, end))) end -= 1;
  return address.slice(0, end);
}

function isPunctuation(address) {
  const last = address[address.length - 1];
  if (".,;:!?…'’*".includes(last)) return true;
  // a closing bracket belongs to the address only when it was opened in it
  return last in OPENING && address.split(last).length > address.split(OPENING[last]).length;
}

function linkTo(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  const hint = document.createElement("span");
  hint.className = "visually-hidden";
  hint.textContent = " (nouvel onglet)";
  link.append(shown(url), hint);
  return link;
}

/** The host as the browser reads it (« http://ami.fr@autre.com » goes to autre.com), then as much as is useful. */
function shown(url) {
  const host = url.host.replace(/^www\./, "");
  const path = url.pathname.replace(/\/$/, "");
  const rest = path + url.search + url.hash;
  if (host.length + rest.length <= SHOWN_WHOLE) return host + rest;
  // the tail tells two pages of one site apart
  const tail = path.slice(path.lastIndexOf("/"));
  return `${host}/…${tail.length <= SHOWN_TAIL ? tail : ""}`;
}
