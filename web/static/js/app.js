// What every page does; each part is a file of its own and finds what concerns it.
import "./connection.js";
import "./copy.js";
import "./countdown.js";
import "./dialogs.js";
import "./focus.js";
import "./preferences.js";
import "./print.js";
import "./submit_once.js";
import "./toasts.js";
import "./when_over.js";
