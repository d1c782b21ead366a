// Makes pages pleasanter. Each page works without it: links are links, forms are forms.

import { initAll } from "./vendor/govuk-frontend-6.3.0/govuk-frontend.min.js";

const DRAFT_AFTER = 2500; // milliseconds of quiet typing before a draft is saved
const OUTLIVING = 15000; // letters: what a browser sends on for a page that is gone has a limit of 64 KiB
const STILL_HERE = 240000; // milliseconds: typing is told that often, so that no session ends under somebody's hands
const TRY_AGAIN_AFTER = 10000; // milliseconds after which a draft that could not be saved is tried again

function timeNow() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

// A live region must stand in the page before it is written to, or it is not read out.
function statusOf(form, className) {
  const found = form.querySelector(`[data-status]`);
  if (found) return found;
  const region = document.createElement("p");
  region.setAttribute("role", "status");
  region.dataset.status = "";
  region.className = className;
  form.append(region);
  return region;
}

function growWithText(textarea) {
  if (CSS.supports("field-sizing", "content")) return;
  const grow = () => {
    textarea.style.height = "auto";
    textarea.style.height = `${textarea.scrollHeight + 4}px`;
  };
  textarea.addEventListener("input", grow);
  grow();
}

function submitOnce(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // Disabled outright, a button would not send its own name and value.
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
}

function allowAgain(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
}

// A button named "action" hides form.action, so the attribute itself is read.
function addressOf(form) {
  return new URL(form.getAttribute("action") || "", window.location.href).href;
}

const unsavedForms = new Set();

const DRAFT_PROBLEMS = {
  ended: "Not saved yet: your session has ended. Your text is still on this page. "
    + "Open the link from your course in a new tab, then come back here: the draft is saved then.",
  changed: "Not saved: it was changed in another window, or somebody else has signed in. Copy what you need, then load the page again.",
  refused: "Not saved yet, because something in it needs to be put right. Press “Save draft” to see what.",
  offline: "Not saved yet: the tool cannot be reached. Your text is still on this page and is saved as soon as it can be.",
};

// The next save must build on the one just made, or it would look like somebody else's.
function takeRevision(form, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("input[name=revision]");
  const held = form.querySelector("input[name=revision]");
  if (fresh && held) held.value = fresh.value;
}

async function postDraft(form) {
  const body = new FormData(form);
  body.set("action", "save");
  const isGoing = document.visibilityState === "hidden" && [...body.values()].join("").length < OUTLIVING;
  let answer;
  try {
    answer = await fetch(addressOf(form), {
      method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, keepalive: isGoing,
    });
  } catch {
    return "offline";
  }
  if (answer.ok) {
    takeRevision(form, await answer.text());
    return "saved";
  }
  if (answer.status === 409) return "changed";
  // 400 is a form whose token no longer holds: the same thing to the person who types.
  if ([400, 401, 403, 404].includes(answer.status)) return "ended";
  return answer.status >= 500 ? "offline" : "refused";
}

// A new launch opens a new session, in which the token of this page no longer holds. The page is
// asked for once more, and its token taken, if it is still the same person's and may be saved.
async function takeToken(form) {
  let answer;
  try {
    answer = await fetch(window.location.href, { credentials: "same-origin" });
  } catch {
    return "offline";
  }
  if (!answer.ok) return "ended";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("form[data-autosave]");
  const valueOf = (where, name) => where?.querySelector(`input[name=${name}]`)?.value;
  if (!fresh || valueOf(fresh, "viewer") !== valueOf(form, "viewer")) return "changed";
  form.querySelector("input[name=csrf_token]").value = valueOf(fresh, "csrf_token");
  return "renewed";
}

async function saveDraft(form) {
  const outcome = await postDraft(form);
  if (outcome !== "ended") return outcome;
  const token = await takeToken(form);
  return token === "renewed" ? postDraft(form) : token;
}

function showDraft(form, status, outcome) {
  // What is so still is not told again: a screen reader would read it out at each try.
  if (outcome !== "saved" && status.dataset.told === outcome) return;
  status.dataset.told = outcome;
  status.classList.toggle("app-draft-status--problem", outcome !== "saved");
  status.textContent = outcome === "saved" ? `Draft saved at ${timeNow()}` : DRAFT_PROBLEMS[outcome];
  if (outcome !== "ended" || !form.dataset.vle) return;
  const link = document.createElement("a");
  Object.assign(link, { href: form.dataset.vle, target: "_blank", rel: "noopener", className: "govuk-link" });
  link.textContent = "Open the VLE in a new tab";
  status.append(" ", link);
}

function keepDrafts(form) {
  const status = statusOf(form, "app-draft-status");
  let edits = 0, timer, saving = false;
  const later = (after = DRAFT_AFTER) => {
    clearTimeout(timer);
    timer = setTimeout(save, after);
  };
  async function save() {
    clearTimeout(timer);
    if (saving || form.dataset.sent || !unsavedForms.has(form)) return;
    saving = true;
    const sent = edits;
    const outcome = await saveDraft(form);
    saving = false;
    if (form.dataset.sent) return;
    showDraft(form, status, outcome);
    if (outcome === "saved" && sent === edits) unsavedForms.delete(form);
    else if (outcome === "saved") later();
    else if (outcome === "offline" || outcome === "ended") later(TRY_AGAIN_AFTER);
  }
  form.addEventListener("input", () => {
    edits += 1;
    unsavedForms.add(form);
    later();
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    form.dataset.sent ||= "yes";
    unsavedForms.delete(form);
  });
  // When the page is left, and when somebody comes back to it, from another tab or a lost connection.
  document.addEventListener("visibilitychange", () => void save());
  window.addEventListener("focus", () => void save());
  window.addEventListener("online", () => void save());
}

// What came back takes the place of this page, so that a refused form shows its own errors.
function showAnswer(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  history.pushState({}, "", request.responseURL);
  window.scrollTo(0, 0);
  start();
  if (!document.querySelector(".govuk-error-summary")) document.getElementById("main")?.focus();
}

function showUploadProgress(form) {
  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    if (event.defaultPrevented || !files.length) return;
    event.preventDefault();
    const status = statusOf(form, "app-progress");
    const request = new XMLHttpRequest();
    let told = -1;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const percent = Math.floor((100 * loaded) / total / 5) * 5;
      if (percent === told) return;
      told = percent;
      status.textContent = percent < 100 ? `Uploading: ${percent}%` : "Uploaded. Checking the files…";
    });
    request.addEventListener("load", () => showAnswer(request));
    request.addEventListener("error", () => {
      status.textContent = "The upload broke off. Nothing is stored and your text is still here: try again.";
      allowAgain(form);
    });
    request.open("POST", addressOf(form));
    request.send(new FormData(form, event.submitter));
    status.textContent = "Uploading: 0%";
  });
}

// The VLE that framed a registration closes the frame. https://www.imsglobal.org/spec/lti-dr/v1p0
function closeFrame(page) {
  const around = window.opener || window.parent;
  if (around !== window) around.postMessage({ subject: "org.imsglobal.lti.close" }, page.dataset.closeFrame);
}

// A long text is typed in one page, which asks for nothing meanwhile.
let toldAt = Date.now();
function tellOfTyping() {
  const session = window.location.pathname.match(/^(.*\/(?:courses\/\d+|examiner\/[^/]+))\//);
  if (!session || Date.now() - toldAt < STILL_HERE) return;
  toldAt = Date.now();
  fetch(`${session[1]}/here`, { credentials: "same-origin" }).catch(() => {});
}

function start() {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  initAll();
  document.querySelectorAll("textarea").forEach(growWithText);
  // The order matters: "once" must see a submit before the upload takes it over.
  document.querySelectorAll("form[data-once]").forEach(submitOnce);
  document.querySelectorAll("form[data-autosave]").forEach(keepDrafts);
  document.querySelectorAll("form[data-upload]").forEach(showUploadProgress);
  document.querySelector("form[data-auto-submit]")?.requestSubmit();
  document.querySelectorAll("[data-close-frame]").forEach(closeFrame);
}

document.addEventListener("input", tellOfTyping);
window.addEventListener("beforeunload", (event) => {
  if (unsavedForms.size) event.preventDefault();
});
window.addEventListener("pageshow", (event) => {
  // Back from the browser's memory: the form may be sent again.
  if (event.persisted) document.querySelectorAll("form[data-once], form[data-autosave]").forEach(allowAgain);
});
window.addEventListener("popstate", () => window.location.reload());

start();
