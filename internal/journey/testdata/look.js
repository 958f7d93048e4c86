// How a page is looked at. It is put into each page that a test looks at (axe_test.go), which remembers what other pages had.
// axe-core comes with it as look.axe, which begins it where there is something to ask. Frames are closed to scripts from
// outside; what they show, mails, is looked at as a page of its own.
const look = (() => {
	"use strict";

	// What is asked is all that the portal keeps to. These are about what the parts of a page are to each other.
	const all = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
	const ofPages = ["accesskeys", "bypass", "document-title", "duplicate-id-aria", "heading-order", "html-has-lang", "html-lang-valid", "html-xml-lang-mismatch",
		"landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level", "landmark-main-is-top-level", "landmark-no-duplicate-banner",
		"landmark-no-duplicate-contentinfo", "landmark-no-duplicate-main", "landmark-one-main", "landmark-unique", "meta-viewport", "page-has-heading-one", "region", "skip-link", "valid-lang"];

	const ofPaints = ["color-contrast", "link-in-text-block"], ofSizes = ["target-size", "scrollable-region-focusable"];

	const is = (e, selector) => Element.prototype.matches.call(e, selector); // a form with a control of that name has no matches
	const shows = (e) => e.checkVisibility({visibilityProperty: true});
	const every = () => [...document.body.querySelectorAll("*:not(option, svg *)")];

	// number makes one of 53 bits of a text (cyrb53).
	const number = (text) => {
		let a = 0xdeadbeef, b = 0x41c6ce57;
		for (let i = 0; i < text.length; i++) { const c = text.charCodeAt(i); a = Math.imul(a ^ c, 2654435761); b = Math.imul(b ^ c, 1597334677); }
		a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
		b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
		return 4294967296 * (2097151 & b) + (a >>> 0);
	};

	// wrong is what axe does not look for: a page wider than the window, targets smaller than 24 by 24 px that are no links in
	// a text, and texts that are missing.
	const wrong = () => {
		const found = [], root = document.documentElement;
		if (root.scrollWidth > root.clientWidth + 1) {
			const out = every().filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > root.clientWidth + 1 || r.left < -1); });
			found.push("it scrolls sideways: " + out.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | "));
		}
		for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, nav a, .btn")) {
			const label = is(e, "input[type=checkbox], input[type=radio]") && e.closest("label");
			const r = (label || e).getBoundingClientRect();
			if (!shows(e) || e.closest("[aria-hidden=true], .vh, .skip, .hp") || r.width === 0) continue;
			if (getComputedStyle(e).display === "inline" && e.closest("p, li, dd, td")) continue;
			if (r.width < 23.5 || r.height < 23.5) found.push("a target of " + Math.round(r.width) + " × " + Math.round(r.height) + " px: " + e.outerHTML.slice(0, 160));
		}
		if (document.querySelectorAll("h1").length !== 1) found.push("it has " + document.querySelectorAll("h1").length + " main headings");
		if (document.body.innerText.includes("⟦")) found.push("a text is missing: " + document.body.innerText.match(/⟦[^⟧]*⟧/)[0]);
		return found;
	};

	// kinds are elements with their classes and states, and those of the three that they stand in: the first of each by its number.
	// What they are called is not in it, but whether they are, and whether something beside them is called the same; nor is their
	// language.
	const twice = (e) => is(e, "iframe") ? [...document.querySelectorAll("iframe")].some(f => f !== e && f.title === e.title) :
		is(e, "img") && e.closest("a, button, [role]")?.textContent.trim().toLowerCase() === e.alt.trim().toLowerCase();
	const kinds = () => {
		const made = new Map(), first = new Map();
		const make = (e) => {
			if (!made.has(e)) made.set(e, e.localName + [...e.attributes].map(a => /^(class|role|style|type)$/.test(a.name) ? " " + a.name + "=" + a.value : "").sort().join(""));
			return made.get(e);
		};
		const state = (a) => /^aria-(label|labelledby|describedby|controls|owns|details|value.*)$|^(alt|href|title)$/.test(a.name) ? a.name + (a.value.trim() !== "") :
			/^(aria-.*|autocomplete|checked|disabled|hidden|open|required|scope|tabindex)$/.test(a.name) ? a.name + "=" + a.value : "";
		for (const e of every()) {
			let kind = [...e.attributes].map(state).sort().join(" ") + (e.textContent.trim() !== "") + (e.labels?.length > 0) + twice(e) + (e.parentElement.closest("a, button, summary, label")?.localName ?? "");
			for (let at = e, n = 0; at !== document.documentElement && n < 4; at = at.parentElement, n++) kind += "/" + make(at);
			kind = number(kind);
			if (!first.has(kind)) first.set(kind, e);
		}
		return first;
	};

	// paints are the ways in which texts and controls are painted, their colours and letters on what they stand in: the first
	// of each by its number. The contrast of two that are painted alike is the same, wherever they stand.
	const paints = () => {
		const grounds = new Map([[null, ""]]), first = new Map();
		const ground = (e) => {
			if (!grounds.has(e)) {
				const s = getComputedStyle(e), clear = /, 0\)$/.test(s.backgroundColor) ? "" : s.backgroundColor;
				const own = clear + [s.backgroundImage, s.opacity, s.filter, s.mixBlendMode].join(" ") + (/absolute|fixed|sticky/.test(s.position) ? s.position : "");
				grounds.set(e, ground(e.parentElement) + (own === "none 1 none normal" ? "" : own));
			}
			return grounds.get(e);
		};
		const letters = (e) => Math.min(2, [...e.childNodes].reduce((n, c) => n + (c.nodeType === Node.TEXT_NODE ? c.data.trim().length : 0), 0)); // of a single one axe says nothing
		for (const e of every()) {
			const own = letters(e), control = is(e, "input:not([type=hidden]), select, textarea");
			if (!own && !control || !shows(e)) continue;
			const s = getComputedStyle(e), off = is(e, ":disabled, [aria-disabled=true]") || e.control?.disabled;
			const link = is(e, "a[href]") && s.textDecorationLine + letters(e.parentElement); // among words it has to differ from them
			const paint = number([own, control, off, link, s.color, s.fontSize, s.fontWeight, s.textShadow, e.closest("[lang]")?.lang, ground(e)].join("|"));
			if (!first.has(paint)) first.set(paint, e);
		}
		return first;
	};

	// outline is a number of all that the rules of pages look at.
	const outline = () => {
		const names = [], ids = new Set();
		const name = (e) => { // which of the page's names it has, whatever that says
			const text = e.getAttribute("aria-label") ?? (e.getAttribute("aria-labelledby") ?? "").split(" ").map(id => document.getElementById(id)?.textContent ?? "").join(" ");
			if (!names.includes(text)) names.push(text);
			return text && names.indexOf(text);
		};
		const parts = [document.title !== "", document.querySelector("meta[name=viewport]")?.content];
		for (const e of document.querySelectorAll("[id]")) {
			if (ids.has(e.id)) parts.push("twice " + e.id);
			ids.add(e.id);
		}
		for (const e of document.querySelectorAll("body > *, h1, h2, h3, h4, h5, h6, [role], [accesskey], header, nav, main, aside, footer, section, form")) {
			if (shows(e)) parts.push([e.localName, e.getAttribute("role"), e.getAttribute("aria-level"), e.accessKey, name(e), e.parentElement.closest("header, nav, main, aside, footer, section, article, [role]")?.localName,
				is(e, "body > a") && ids.has(e.hash.slice(1)), is(e, "body > *") && e.className].join());
		}
		return number(parts.join("|"));
	};

	// show opens what can be opened, and shows again what was hidden here.
	const show = () => {
		document.querySelectorAll("details").forEach(d => d.open = true);
		document.querySelectorAll("[data-hidden]").forEach(e => { e.hidden = false; delete e.dataset.hidden; });
	};
	const hide = (e) => { if (!e.hidden) { e.hidden = true; e.dataset.hidden = "yes"; } };

	// hideAlike hides of neighbours in the page that are made of the same elements, classes, languages and states all but the
	// first: rows of a list, for which one stands.
	const hideAlike = () => {
		const shape = (e) => [e, ...e.querySelectorAll("*")].map(x => x.localName + [...x.attributes].map(a =>
			/^(class|lang|dir|role|type)$/.test(a.name) ? " " + a.value : /^(aria-.*|alt|checked|disabled|hidden|href|open|required|title)$/.test(a.name) ? " " + a.name : "").join("")).join("/");
		const within = (parent) => {
			const seen = new Set();
			for (const e of parent.children) {
				if (e.localName === "option" || e.closest("svg")) continue;
				const s = shape(e);
				if (!seen.has(s)) { seen.add(s); within(e); } else hide(e);
			}
		};
		within(document.body);
	};

	// hideKnown hides the parts of a page in which nothing is marked.
	const hideKnown = () => {
		const within = (parent) => {
			for (const e of parent.children) {
				if (e.querySelector("[data-fresh]") || is(e, "[data-fresh]")) within(e);
				else if (is(e, "body > :not(main), main section, main article, main aside, main nav, main table, main ul, main ol, main dl, main figure, main details")) hide(e);
				else within(e);
			}
		};
		within(document.body);
	};

	// mark marks what is to be looked at.
	const mark = () => {
		for (const name of ["fresh", "painted", "small", "scrolls"]) document.querySelectorAll(`[data-${name}]`).forEach(e => delete e.dataset[name]);
		for (const n of fresh.paints) { const e = now.paints.get(n); e.dataset.painted = e.dataset.fresh = "yes"; }
		for (const n of fresh.kinds) now.kinds.get(n).dataset.fresh = "yes";
		for (const n of fresh.sizes) {
			const e = now.kinds.get(n), r = e.getBoundingClientRect();
			if ((r.width < 24 || r.height < 24) && is(e, "a[href], button, input, select, textarea, summary, [tabindex], [role]")) e.dataset.small = e.dataset.fresh = "yes";
			if ((e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight) && /auto|scroll/.test(getComputedStyle(e).overflow)) e.dataset.scrolls = e.dataset.fresh = "yes";
		}
	};

	const ask = async (rules, without = []) => {
		const r = await axe.run(document, {resultTypes: ["violations"], iframes: false, preload: false, runOnly: rules, rules: Object.fromEntries(without.map(id => [id, {enabled: false}]))});
		return r.violations.flatMap(v => v.nodes.map(n => v.help + " (" + v.id + "): " + n.html));
	};

	let now, fresh; // what the page has, by numbers, and which of these no page before had

	return {
		// sees is what the page has with all that can be opened open: what is wrong with it, its view, and the rest by numbers.
		sees() {
			show();
			now = {kinds: kinds(), paints: paints()};
			// Languages are asked about with the outline, once each.
			return {wrong: wrong(), view: document.documentElement.lang + innerWidth, kinds: [...now.kinds.keys()], paints: [...now.paints.keys()],
				outlines: [outline(), ...new Set([...document.querySelectorAll("[lang]")].map(e => number(e.lang)))]};
		},

		// asks is what axe finds wrong with what no page before had, which these are the numbers of; how says how closely the
		// test looks.
		async asks(how, numbers) {
			fresh = numbers;
			mark();
			const outline = fresh.outlines.length > 0;
			if (how !== "whole" && !outline && !document.querySelector("[data-fresh]")) return [];
			if (!("axe" in window)) {
				look.axe();
				// These rules need most of its time, since they ask what lies over what: they are asked of what is marked for them.
				axe.configure({rules: [
					{id: "color-contrast", selector: "[data-painted]"},
					{id: "link-in-text-block", selector: "a[href][data-painted]"},
					{id: "target-size", selector: "[data-small]"},
					{id: "scrollable-region-focusable", selector: "[data-scrolls]"},
				]});
			}
			if (how === "whole") return ask(all);
			hideAlike();
			if (!outline) hideKnown();
			const found = await (fresh.kinds.length > 0 ? ask(all, outline ? [] : ofPages) : ask([...outline ? ofPages : [], ...ofPaints, ...ofSizes]));
			show();
			return found;
		},
	};
})();
