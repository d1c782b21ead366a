// Lets the VLE's page around us keep a value, and asks for it again: for browsers that refuse our
// cookie in a frame. Whatever it answers, the page goes on; without scripts a link or button does.
// https://www.imsglobal.org/spec/lti-pm-s/v0p1

const PATIENCE = 1000; // milliseconds; the apps of some VLEs never answer

// A window of its own needs no help: there our cookie is kept, or none of any site is.
function keeper(name) {
  if (window.parent === window) return null;
  return name === "_parent" ? window.parent : window.parent.frames[name];
}

// crypto.randomUUID is missing in the frame of a VLE that is served without https.
function freshId() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

function exchange(page, message) {
  return new Promise((resolve) => {
    const asked = { ...message, message_id: freshId() };
    let around = null;
    const finish = (value) => {
      window.clearTimeout(timer);
      window.removeEventListener("message", listen);
      resolve(typeof value === "string" ? value : "");
    };
    const listen = (event) => {
      const reply = event.data;
      if (event.source !== around || event.origin !== page.origin) return;
      if (typeof reply !== "object" || reply === null) return;
      if (reply.subject !== `${asked.subject}.response` || reply.message_id !== asked.message_id) return;
      finish(reply.error ? "" : reply.value);
    };
    const timer = window.setTimeout(finish, PATIENCE, "");
    window.addEventListener("message", listen);
    try {
      around = keeper(page.target);
      // Never to "*": whoever frames us could read it.
      if (around) around.postMessage(asked, page.origin);
      else finish("");
    } catch {
      finish(""); // there is no frame of this name
    }
  });
}

async function put(link) {
  const { key, value } = link.dataset;
  await exchange(link.dataset, { subject: "lti.put_data", key, value });
  window.location.replace(link.href);
}

async function get(form) {
  const { key } = form.dataset;
  form.elements.namedItem("value").value = await exchange(form.dataset, { subject: "lti.get_data", key });
  form.submit();
}

document.querySelectorAll("a[data-storage=put]").forEach(put);
document.querySelectorAll("form[data-storage=get]").forEach(get);
