// Makes pages pleasanter. Each page works without it: links are links, forms are forms.

import { initAll } from "./vendor/govuk-frontend-6.3.0/govuk-frontend.min.js";

const DRAFT_AFTER = 2500; // milliseconds of quiet typing before a draft is saved

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
  ended: "Your session has ended, so this draft is not saved. Your text is still on this page. "
    + "Open the link from your course in a new tab, then come back and carry on; or copy your text first.",
  changed: "This draft is not saved: it was changed in another window, or somebody else has signed in. Copy what you need, then load the page again.",
  refused: "This draft is not saved, because something in it needs to be put right. Press “Save draft” to see what.",
  offline: "This draft is not saved: the tool cannot be reached. Your text is still on this page and we will try again.",
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
  let answer;
  try {
    answer = await fetch(addressOf(form), {
      method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" },
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

function keepDrafts(form) {
  const status = statusOf(form, "app-draft-status");
  let edits = 0, timer, saving = false;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, DRAFT_AFTER);
  };
  async function save() {
    clearTimeout(timer);
    if (saving || form.dataset.sent || !unsavedForms.has(form)) return;
    saving = true;
    const sent = edits;
    const outcome = await postDraft(form);
    saving = false;
    status.classList.toggle("app-draft-status--problem", outcome !== "saved");
    status.textContent = outcome === "saved" ? `Draft saved at ${timeNow()}` : DRAFT_PROBLEMS[outcome];
    if (outcome === "saved" && sent === edits) unsavedForms.delete(form);
    else if (outcome === "saved" || outcome === "offline") later();
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
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
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

window.addEventListener("beforeunload", (event) => {
  if (unsavedForms.size) event.preventDefault();
});
window.addEventListener("pageshow", (event) => {
  // Back from the browser's memory: the form may be sent again.
  if (event.persisted) document.querySelectorAll("form[data-once], form[data-autosave]").forEach(allowAgain);
});
window.addEventListener("popstate", () => window.location.reload());

start();
