// Runs before the first paint, so that a dark page never flashes white. A file
// of its own: the content security policy allows no inline script.
(function () {
  var scheme = null, lang = null;
  try {
    scheme = localStorage.getItem("clewline.scheme");
    lang = localStorage.getItem("clewline.lang");
  } catch { /* storage may be forbidden: the system's scheme then */ }
  if (scheme !== "light" && scheme !== "dark") {
    scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
  if (!lang) lang = /^zh/i.test(navigator.language) ? "zh" : "en";
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
})();
