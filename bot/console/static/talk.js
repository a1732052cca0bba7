// Writing to a young person: sent without leaving the page, and « somebody types » while one does.

import { post } from "./console.js";

const TYPING_EVERY_MS = 3000;
const TROUBLE = "Ton message n'est pas parti : vérifie ta connexion et réessaie. Il est toujours là.";
const NOT_HELD = "La conversation n'est plus entre tes mains : rien n'est parti. Copie ton texte et recharge la page.";

const section = document.querySelector(".talk");
const form = section && section.querySelector("form.write");

if (form) {
  const path = `/console/conversations/${section.dataset.conversation}`;
  const text = form.querySelector("textarea");
  const problem = form.querySelector(".problem");
  const button = form.querySelector("button");
  const draft = `declic-draft-${section.dataset.conversation}`;
  let told = 0;

  const tell = (words) => {
    problem.textContent = words;
    problem.hidden = !words;
  };

  // a page that is reloaded, or a session that ends, loses nothing of what was typed
  const keep = () => sessionStorage.setItem(draft, text.value);
  text.value = text.value || sessionStorage.getItem(draft) || "";
  keep();
  text.addEventListener("input", () => {
    keep();
    if (Date.now() - told < TYPING_EVERY_MS || !text.value.trim()) return;
    told = Date.now();
    post(`${path}/saisie`).catch(() => {});
  });

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!text.value.trim() || button.disabled) return;
    button.disabled = true;
    tell("");
    try {
      const answer = await post(`${path}/ecrire`, { text: text.value });
      if (answer.status === 409) tell(NOT_HELD);
      else if (!answer.ok) tell(TROUBLE);
      else {
        text.value = "";
        sessionStorage.removeItem(draft);
      }
    } catch {
      tell(TROUBLE);
    }
    button.disabled = false;
    text.focus();
  });

  form.querySelector(".canned").addEventListener("change", (event) => {
    if (!event.target.value) return;
    text.value = [text.value.trim(), event.target.value].filter(Boolean).join("\n");
    event.target.value = "";
    text.dispatchEvent(new Event("input"));
    text.focus();
  });
}
