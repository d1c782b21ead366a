// Platform storage: keeps a tool's small values for as long as this page is open.
// https://www.imsglobal.org/spec/lti-pm-s/v0p1
const kept = new Map();

function answer(event, reply) {
  event.source.postMessage(
    { ...reply, subject: event.data.subject + ".response", message_id: event.data.message_id },
    event.origin,
  );
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (typeof message !== "object" || message === null || event.source === null) return;
  if (message.subject === "lti.capabilities") {
    const subjects = ["lti.capabilities", "lti.put_data", "lti.get_data"];
    answer(event, { supported_messages: subjects.map((subject) => ({ subject })) });
  } else if (message.subject === "lti.put_data") {
    const place = event.origin + " " + message.key;
    if (message.value === null) kept.delete(place);
    else kept.set(place, message.value);
    answer(event, { key: message.key, value: message.value });
  } else if (message.subject === "lti.get_data") {
    answer(event, { key: message.key, value: kept.get(event.origin + " " + message.key) });
  }
});
