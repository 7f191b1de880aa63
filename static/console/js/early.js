// Before the first paint: what only works with scripts may be shown.
document.documentElement.classList.add("js");
