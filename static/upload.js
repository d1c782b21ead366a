// Sends the files of a form in pieces while the form is being filled in, so that a connection that
// breaks costs a piece and not the film. Without it the form sends them itself, as forms do.

import "./vendor/tus-js-client-4.3.1/tus.min.js";

const { Upload, isSupported } = window.tus;
const PIECE = 4 * 1024 * 1024;
const PAUSES = [0, 1000, 3000, 5000, 10000, 15000]; // milliseconds between tries
const LATER = 20000; // and then, until there is a connection again
const MEGABYTE = 1024 * 1024;

const WORDS = {
  lost: "The connection was lost. What has arrived is kept; it goes on by itself.",
  ended: "Your session has ended, so the upload stopped. What has arrived is kept: open the link from your course again and choose the same file.",
  paused: "Paused. What has arrived is kept.",
  checking: "It has arrived and is being looked at.",
  ready: "Ready. It goes with this evidence when you save.",
  elsewhere: "This file is being uploaded in another window. It goes on here when it has stopped there.",
};

function make(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function sizeOf(bytes) {
  return `${Math.max(bytes / MEGABYTE, 0.1).toFixed(1)} MB`;
}

// The same file of the same computer, when it is chosen again.
function fingerprintOf(file) {
  return `${file.size}-${file.lastModified}-${file.name}`.slice(0, 100);
}

function button(text, name, press) {
  const made = make("button", { type: "button", class: "govuk-button govuk-button--secondary app-upload__button" }, text);
  made.append(make("span", { class: "govuk-visually-hidden" }, ` ${name}`));
  made.addEventListener("click", press);
  return made;
}

class Row {
  constructor(page, name, size) {
    this.page = page;
    this.name = name;
    this.size = size;
    this.state = "";
    this.told = 0;
    this.element = make("li", { class: "app-upload", "data-upload-state": "" });
    this.words = make("p", { class: "govuk-body app-hint app-upload__words" });
    this.bar = make("progress", { class: "app-upload__bar", max: "100", value: "0", "aria-label": `${name}: how much has arrived` });
    this.buttons = make("div", { class: "app-upload__buttons" });
    this.element.append(make("strong", { class: "app-upload__name" }, name), this.words, this.bar, this.buttons);
    page.list.append(this.element);
    page.rows.push(this);
  }

  // What is shown, what can be pressed, and what a screen reader is told.
  show(state, words, presses = [], { aloud = true } = {}) {
    const changed = state !== this.state;
    this.state = state;
    this.element.dataset.uploadState = state;
    this.words.textContent = words;
    this.bar.hidden = ["ready", "refused", "found"].includes(state);
    if (changed) {
      const hadFocus = this.buttons.contains(document.activeElement);
      const remove = ["Remove", () => this.remove()];
      this.buttons.replaceChildren(...[...presses, remove].map(([text, press]) => button(text, this.name, press)));
      if (hadFocus) this.buttons.querySelector("button").focus();
      if (aloud) this.page.say(`${this.name}: ${words}`);
    }
    this.page.settle();
  }

  fill(percent) {
    this.bar.value = percent;
    const words = `${percent}% of ${sizeOf(this.size)} has arrived.`;
    this.show("sending", words, [["Pause", () => this.pause()]], { aloud: false });
    if (percent - this.told < 25 || percent === 100) return;
    this.told = percent;
    this.page.say(`${this.name}: ${words}`);
  }

  send(file) {
    this.file = file;
    this.upload = new Upload(file, {
      endpoint: this.page.address,
      uploadUrl: this.address || null,
      chunkSize: PIECE,
      retryDelays: PAUSES,
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": this.page.token },
      metadata: { filename: file.name, fingerprint: fingerprintOf(file) },
      onUploadUrlAvailable: () => { this.address = this.upload.url; },
      onProgress: (sent, total) => this.fill(Math.min(99, Math.floor((100 * sent) / total))),
      onShouldRetry: (error) => this.isWorthAnotherTry(error),
      onError: (error) => this.stopped(error),
      onSuccess: () => this.arrived(),
    });
    this.fill(Number(this.bar.value));
    this.upload.start();
  }

  isWorthAnotherTry(error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    if (status === 409) this.show("waiting", WORDS.elsewhere);
    else if (status === 0 || status >= 500) this.show("waiting", WORDS.lost);
    return [0, 409, 423, 429, 500, 502, 503, 504].includes(status) && navigator.onLine;
  }

  stopped(error) {
    const answer = error.originalResponse;
    const status = answer ? answer.getStatus() : 0;
    if ([400, 401, 403].includes(status)) return this.show("failed", WORDS.ended);
    const isText = answer && (answer.getHeader("Content-Type") || "").startsWith("text/plain");
    const again = [["Try again", () => this.goOn()]];
    if ([413, 422].includes(status)) return this.show("refused", isText ? answer.getBody() : "It is too large.");
    if (status === 404 || status === 410) return this.show("failed", "It took too long, so it has to begin again.", [["Begin again", () => this.beginAgain()]]);
    if (status === 507 || (status === 503 && isText)) return this.show("failed", answer.getBody(), again);
    this.show("waiting", status === 409 ? WORDS.elsewhere : WORDS.lost, again);
    this.later = setTimeout(() => this.goOn(), LATER);
  }

  goOn() {
    clearTimeout(this.later);
    if (["sending", "arrived", "ready"].includes(this.state)) return;
    this.fill(Number(this.bar.value));
    this.upload.start();
  }

  beginAgain() {
    this.address = null;
    this.bar.value = 0;
    this.send(this.file);
  }

  async pause() {
    await this.upload.abort();
    this.show("paused", WORDS.paused, [["Go on", () => this.goOn()]]);
  }

  async arrived() {
    this.bar.value = 100;
    this.show("arrived", WORDS.checking, [], { aloud: false });
    this.post();
    for (let pause = 250; this.state === "arrived"; pause = Math.min(pause * 1.5, 5000)) {
      const found = await this.page.ask(this.address);
      if (found && found.state === "accepted") return this.take(found);
      if (found && found.state === "refused") return this.refuse(found.sentence);
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  // The form says which uploads belong to it.
  post() {
    if (this.posted) return;
    this.posted = make("input", { type: "hidden", name: "uploads", value: this.address.split("/").pop() });
    this.element.append(this.posted);
  }

  take(found) {
    this.show("ready", WORDS.ready);
    this.post();
    if (!found.asks || this.element.querySelector("textarea") || document.getElementById(found.field)) return;
    const label = make("label", { class: "govuk-label", for: found.field }, found.asks);
    label.append(make("span", { class: "govuk-visually-hidden" }, ` (${found.filename})`));
    this.buttons.before(label, make("textarea", { class: "govuk-textarea", id: found.field, name: found.field, rows: "2" }));
  }

  refuse(sentence) {
    this.posted?.remove();
    this.posted = null;
    this.show("refused", sentence);
  }

  // Found on the server when the page was opened: finished ones can be used, others go on.
  offer(found) {
    this.address = found.address;
    this.fingerprint = found.fingerprint;
    const percent = Math.floor((100 * found.received) / found.size);
    this.bar.value = percent;
    if (found.state === "receiving") {
      this.show("half", `You began to upload it before; ${percent}% has arrived. Choose the same file again and it goes on from there.`, [], { aloud: false });
    } else {
      const use = () => (found.state === "accepted" ? this.take(found) : this.arrived());
      this.show("found", "You uploaded it before and have not used it yet.", [["Use it here", use]], { aloud: false });
    }
  }

  async remove() {
    clearTimeout(this.later);
    this.state = "removed";
    await this.upload?.abort();
    this.page.forget(this);
    if (this.address) {
      const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.page.token };
      await fetch(this.address, { method: "DELETE", credentials: "same-origin", headers }).catch(() => {});
    }
  }
}

class Uploads {
  constructor(part) {
    this.form = part.closest("form");
    this.input = part.querySelector("input[type=file]");
    this.list = part.querySelector("[data-upload-list]");
    this.status = part.querySelector("[data-upload-status]");
    this.address = new URL(part.dataset.uploads, window.location.href).href;
    this.posted = part.dataset.posted.split(" ");
    this.token = this.form.querySelector("input[name=csrf_token]").value;
    this.rows = [];
    this.input.addEventListener("change", () => this.choose());
    this.form.addEventListener("submit", (event) => this.hold(event), true);
    window.addEventListener("online", () => this.rows.filter((row) => row.state === "waiting").forEach((row) => row.goOn()));
    window.addEventListener("beforeunload", (event) => { if (this.underWay().length && !this.leaving) event.preventDefault(); });
    this.recall();
  }

  choose() {
    const files = [...this.input.files];
    if (!files.length) return;
    this.input.value = "";
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    for (const file of files) {
      const known = this.rows.find((row) => row.state === "half" && row.fingerprint === fingerprintOf(file));
      (known || new Row(this, file.name, file.size)).send(file);
    }
  }

  async recall() {
    const found = await this.ask(this.address);
    for (const one of found || []) {
      const isPosted = this.posted.includes(one.id);
      if (isPosted && one.state === "accepted") continue; // it stands among the files that are here
      const row = new Row(this, one.filename, one.size);
      row.offer(one);
      if (isPosted && one.state === "received") row.arrived();
    }
  }

  async ask(address) {
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  underWay() {
    return this.rows.filter((row) => ["sending", "waiting"].includes(row.state));
  }

  // Saving waits for what is on its way, and says so.
  hold(event) {
    const open = this.rows.filter((row) => ["paused", "failed"].includes(row.state));
    if (!this.underWay().length && !open.length) {
      this.leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    this.pressed = open.length ? null : event.submitter;
    this.say(open.length
      ? `“${open[0].name}” has not arrived. Go on with it or remove it, then save again.`
      : "Saving begins as soon as the files have arrived.", true);
  }

  settle() {
    if (!this.pressed || this.underWay().length) return;
    const pressed = this.pressed;
    this.pressed = null;
    const open = this.rows.find((row) => ["refused", "failed", "paused"].includes(row.state));
    if (open) this.say(`Nothing is saved yet, because “${open.name}” could not be taken. Remove it or choose another, then save again.`, true);
    else setTimeout(() => this.form.requestSubmit(pressed), 0);
  }

  forget(row) {
    row.element.remove();
    this.rows = this.rows.filter((one) => one !== row);
    this.say(`${row.name} is removed.`);
    document.getElementById("files")?.focus();
    this.settle();
  }

  say(words, shown = false) {
    this.status.classList.toggle("govuk-visually-hidden", !shown);
    this.status.textContent = words;
  }
}

if (isSupported) document.querySelectorAll("[data-uploads]").forEach((part) => new Uploads(part));
