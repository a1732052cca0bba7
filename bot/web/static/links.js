// Web addresses in a text become links; everything else stays text, whatever it looks like.

// or a paper or a calendar of ours
const ADDRESS = /https?:\/\/[^\s<>"«»“”]+|\/document\/[\w-]+(?:\.pdf|\.csv)?|\/agenda\/[\w-]+\.ics/gi;
const OPENING = { ")": "(", "]": "[", "}": "{" };
const SHOWN_WHOLE = 40;
const SHOWN_TAIL = 20;
const OURS = { "/document": "ouvrir la page", "/agenda": "ouvrir l'agenda" };

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
  return [...nodes, text.slice(done)];
}

function withoutPunctuation(address) {
  while (endsWithPunctuation(address)) address = address.slice(0, -1);
  return address;
}

function endsWithPunctuation(address) {
  const last = address.slice(-1);
  // a closing bracket belongs to the address only when it was opened in it
  if (last in OPENING) return address.split(last).length > address.split(OPENING[last]).length;
  return last !== "" && ".,;:!?…'’*".includes(last);
}

function linkTo(address) {
  let url;
  try {
    url = new URL(address, address.startsWith("/") ? location.origin : undefined);
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
  link.append(OURS[address.slice(0, address.indexOf("/", 1))] || shown(url), hint);
  return link;
}

/** The host as the browser reads it (« http://ami.fr@autre.com » goes to autre.com), then what is useful. */
function shown(url) {
  const host = url.host.replace(/^www\./, "");
  const path = url.pathname.replace(/\/$/, "");
  const whole = host + path + url.search + url.hash;
  if (whole.length <= SHOWN_WHOLE) return whole;
  // the tail tells two pages of one site apart
  const tail = path.slice(path.lastIndexOf("/"));
  return `${host}/…${tail.length <= SHOWN_TAIL ? tail : ""}`;
}
