// Closes the frame when the tool in it says that its registration is over.
const frame = document.querySelector("iframe[data-tool-origin]");

window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.toolOrigin) return;
  if (event.data?.subject === "org.imsglobal.lti.close") window.location.assign(frame.dataset.after);
});
