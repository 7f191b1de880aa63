// The behaviours of the console. Each listens on the document, so parts swapped in later need no set-up.
import "./dialog.js";
import "./drop.js";
import "./filedrop.js";
import "./frame.js";
import "./bulk.js";
import "./copy.js";
import "./toast.js";
import "./busy.js";
import "./errors.js";
import "./keys.js";
import "./search.js";
import "./typed.js";
import "./preferences.js";
import "./reveal.js";
import "./paste.js";
import "./order.js";
import "./cells.js";
