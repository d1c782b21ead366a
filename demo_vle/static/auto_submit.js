// Sends the page's one form on; without scripts its button does the same.
document.querySelector("form[data-auto-submit]").submit();
