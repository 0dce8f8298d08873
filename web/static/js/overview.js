// The supervisor's overview: live, and never fetched again under a form that is open.
import "./elapsed.js";
import "./live.js";
import "./turns.js";
import "./panels.js";
