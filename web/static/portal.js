// The portal's script. Every page works without it; it counts characters, warns of unsaved text, saves drafts while
// one types, walks through lists by keys, and spares people a few surprises. It writes text only as text, so it suits Trusted Types.
(() => {
  "use strict";
  const doc = document;
  const lang = doc.documentElement.lang || "en";
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(doc.createElement(tag), properties);

  // Numbers are written as the server writes them: digits 0-9 in every language.
  const written = new Intl.NumberFormat(lang + "-u-nu-latn");
  const number = (n) => written.format(n);

  // Characters as a person counts them; without Intl.Segmenter, code points.
  const segmenter = Intl.Segmenter && new Intl.Segmenter(lang, { granularity: "grapheme" });
  const count = (text) => {
    text = text.replace(/\r\n?/g, "\n").trim();
    if (!segmenter) return [...text].length;
    let n = 0;
    for (const _ of segmenter.segment(text)) n++;
    return n;
  };

  // One polite voice for the whole page: it speaks when typing pauses.
  const voice = make("p", { className: "vh" });
  voice.setAttribute("aria-live", "polite");
  doc.body.append(voice);
  let pause;
  const say = (text) => {
    clearTimeout(pause);
    pause = setTimeout(() => { voice.textContent = text; }, 1200);
  };

  const counters = () => {
    for (const line of all("[data-count]")) {
      const field = doc.getElementById(line.dataset.count);
      if (!field) continue;
      const max = +line.dataset.max, min = +line.dataset.min;
      let waiting;
      const update = () => {
        waiting = 0;
        const n = count(field.value);
        const text = n > max ? line.dataset.countOver : n && n < min ? line.dataset.countUnder : line.dataset.countUsed;
        line.textContent = text.replace("{0}", number(n));
        line.classList.toggle("count--over", n > max);
        if (line.textContent) say(line.textContent);
      };
      // A very long text is counted when the browser has time, not at every key.
      field.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(update, field.value.length > 20000 ? 600 : 60);
      });
    }
  };

  // What the form holds now. Files are compared by name and size.
  const held = (form) => {
    const values = [];
    for (const [name, value] of new FormData(form)) {
      if (name === "version") continue;
      values.push(name + "=" + (typeof value === "string" ? value : value.name + ":" + value.size));
    }
    return values.join("\n");
  };

  // Guard: leaving a page with unsaved text asks first; pressing a button twice sends once.
  const guard = (form) => {
    // A page that came back with text that is not saved anywhere is unsaved from the start.
    let saved = form.hasAttribute("data-unsaved-text") ? null : held(form);
    let sending = false;
    const state = {
      dirty: () => held(form) !== saved,
      keep: (snapshot) => { saved = snapshot; },
      sending: () => sending,
    };
    addEventListener("beforeunload", (event) => {
      if (sending || !state.dirty()) return;
      event.preventDefault();
      event.returnValue = true; // for browsers that do not know the line above
    });
    form.addEventListener("submit", (event) => { if (!event.defaultPrevented) sending = true; });
    // Back to a page that the browser kept: what it sent then has been saved since, so it is read anew.
    addEventListener("pageshow", (event) => { if (event.persisted && sending) location.reload(); });
    return state;
  };

  const once = (form) => {
    let sent = 0;
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      const now = Date.now();
      if (now - sent < 5000) event.preventDefault();
      else sent = now;
    });
    addEventListener("pageshow", () => { sent = 0; });
  };

  // Autosave: some seconds after the last key the form is posted to its own address with autosave=1. The answer is
  // JSON {version, saved}. A conflict (409) or lost rights (403, 404) stop it and say so; the next ordinary save deals
  // with both. A lost session (401) says so with a way to sign in beside this page, and goes on as soon as one has.
  // Anything else is tried again, slower each time.
  const autosave = (form, state) => {
    const status = form.querySelector("[data-status]");
    const version = form.elements.namedItem("version");
    let timer, wait = 4000, busy = false, stopped = false, out = false;
    const tell = (text) => { if (status && text && !status.textContent.startsWith(text)) status.textContent = text; };
    const later = (delay) => {
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(save, delay);
    };
    const save = async () => {
      if (stopped || state.sending() || !state.dirty()) return;
      if (busy) return later(1000);
      busy = true;
      const snapshot = held(form);
      const data = new FormData(form);
      for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
      data.set("autosave", "1");
      const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
      const stop = new AbortController();
      const limit = setTimeout(() => stop.abort(), 20000);
      try {
        const response = await fetch(form.action.split("#")[0], {
          method: "POST", body, signal: stop.signal, redirect: "manual", headers: { Accept: "application/json" },
        });
        if (response.status === 409) {
          stopped = true;
          tell(form.dataset.stale);
        } else if (response.status === 403 || response.status === 404 || response.type === "opaqueredirect") {
          stopped = true;
          tell(form.dataset.refused);
        } else if (response.status === 401) {
          out = true;
          tell(form.dataset.out);
          if (status && !status.querySelector("a")) {
            status.append(" ", make("a", { href: form.dataset.signIn, target: "_blank", rel: "noopener", textContent: form.dataset.signInText }));
          }
          return later(15000);
        } else if (!response.ok) {
          throw new Error(response.status);
        } else {
          const answer = await response.json();
          if (version && answer.version) version.value = answer.version;
          state.keep(snapshot);
          out = false;
          wait = 4000;
          const now = new Intl.DateTimeFormat(lang + "-u-nu-latn", { hour: "2-digit", minute: "2-digit" }).format();
          tell((form.dataset.saved || "").replace("{0}", answer.saved || now));
        }
      } catch {
        wait = Math.min(wait * 2, 120000);
        if (!state.sending()) tell(form.dataset.unsaved);
        later(wait);
      } finally {
        clearTimeout(limit);
        busy = false;
      }
      if (state.dirty()) later(wait);
    };
    form.addEventListener("input", () => later(wait));
    form.addEventListener("change", () => later(wait));
    doc.addEventListener("visibilitychange", () => { if (doc.hidden || out) save(); });
    addEventListener("focus", () => { if (out) save(); });
    addEventListener("online", () => later(0));
  };

  // Presence: who else has this step open, asked for while the page is seen.
  const presence = (line) => {
    const ask = async () => {
      if (doc.hidden) return;
      try {
        const response = await fetch(line.dataset.presence, { method: "POST", redirect: "manual", headers: { Accept: "application/json" } });
        if (!response.ok) return;
        const { text } = await response.json();
        if (line.textContent !== text) line.textContent = text;
      } catch { /* it is only news */ }
    };
    setInterval(ask, 20000);
    doc.addEventListener("visibilitychange", ask);
  };

  // Advice: what is seen in the text is asked for when typing pauses, and put where it stands; what says nothing is hidden.
  const advice = (panel) => {
    const form = panel.closest("form");
    let timer, asked = 0;
    const ask = async () => {
      const turn = ++asked;
      const data = new FormData(form);
      for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
      try {
        const response = await fetch(panel.dataset.advice, {
          method: "POST", body: new URLSearchParams(data), redirect: "manual", headers: { Accept: "application/json" },
        });
        if (!response.ok || turn !== asked) return;
        const { texts } = await response.json();
        for (const place of all("[data-live]", panel)) {
          const text = texts[place.dataset.live] || "";
          if ("say" in place.dataset && place.textContent !== text) say(text);
          place.textContent = text;
          place.hidden = !text;
        }
        for (const place of all("[data-live-if]", panel)) place.hidden = !texts[place.dataset.liveIf];
      } catch { /* it is only advice */ }
    };
    form?.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 1500);
    });
  };

  // Files: what is too large is said before it is sent.
  const files = (input) => {
    const message = make("p", { className: "err", id: input.id + "-size" });
    message.setAttribute("role", "alert");
    const check = () => {
      const limit = +input.dataset.maxBytes, most = input.dataset.maxFiles;
      const large = limit ? [...input.files].find((file) => file.size > limit) : null;
      const text = large ? input.dataset.tooLarge.replace("{0}", large.name)
        : most !== undefined && input.files.length > +most ? input.dataset.tooMany : "";
      message.textContent = text;
      if (text) input.closest(".drop").before(message);
      else message.remove();
      return !text;
    };
    input.addEventListener("change", check);
    input.form?.addEventListener("submit", (event) => {
      if (!check()) {
        event.preventDefault();
        event.stopImmediatePropagation();
        input.focus();
      }
    });
  };

  // A list of very many options gets a field that narrows it.
  const find = (list) => {
    const id = "find-" + Math.random().toString(36).slice(2);
    const label = make("label", { className: "label", htmlFor: id, textContent: list.dataset.find });
    const field = make("input", { className: "input", id, type: "search", autocomplete: "off" });
    const frame = make("div", { className: "picks__find" });
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(lang);
    const options = all("label", list).map((option) => [option, plain(option.textContent)]);
    field.addEventListener("input", (event) => {
      event.stopPropagation(); // it is no answer
      const words = plain(field.value).split(/\s+/);
      for (const [option, text] of options) {
        option.hidden = !words.every((word) => text.includes(word)) && !option.querySelector(":checked");
      }
    });
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    frame.append(label, field);
    list.before(frame);
  };

  // What leaves in some minutes counts down, and the page is read anew when it has gone.
  for (const line of all("[data-left]")) {
    const end = Date.now() + line.dataset.left * 1000;
    const tick = () => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      line.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      if (left) setTimeout(tick, 1000);
      else if (!all("textarea").length) setTimeout(() => location.reload(), 3000);
    };
    tick();
  }
  // A list whose rows can be chosen: how many are is said, one box chooses all of the page, and keys walk through it. The
  // keys work only while the focus is in the list and nothing is typed there, and can be switched off (WCAG 2.1.4).
  const rows = (form) => {
    const boxes = all("tbody [name=item]", form), count = form.querySelector("[data-rows-count]");
    const lines = all("tbody tr", form), key = "portal.keys";
    const others = all("input[type=hidden][name=item]", form);
    let on = true;
    try { on = localStorage.getItem(key) !== "off"; } catch { /* then they are on */ }
    const tell = (aloud) => {
      const n = boxes.filter((box) => box.checked).length + others.length;
      count.textContent = form.dataset.rows.replace("{0}", number(n));
      count.hidden = !n;
      if (aloud) say(count.textContent);
    };
    const set = (link, checked) => link?.addEventListener("click", (event) => {
      event.preventDefault();
      for (const box of boxes) box.checked = checked;
      if (!checked) for (const other of others.splice(0)) other.remove();
      tell(true);
    });
    set(form.querySelector("[data-rows-all]"), true);
    set(form.querySelector("[data-rows-clear]"), false);
    form.addEventListener("change", (event) => { if (event.target.name === "item") tell(true); });
    addEventListener("pageshow", () => tell());
    tell();

    const row = () => lines.findIndex((line) => line.contains(doc.activeElement));
    const go = (n) => lines[Math.max(0, Math.min(n, lines.length - 1))]?.querySelector("th a")?.focus();
    const help = doc.getElementById("help");
    const keys = {
      j: () => go(row() + 1), k: () => go(row() - 1), ArrowDown: () => row() >= 0 && go(row() + 1), ArrowUp: () => row() >= 0 && go(row() - 1),
      x: () => lines[row()]?.querySelector("[name=item]")?.click(), o: () => lines[row()]?.querySelector("th a")?.click(),
      "/": () => doc.getElementById("q")?.focus(),
      "?": () => { if (help) { help.open = true; help.querySelector("summary").focus(); } },
    };
    form.addEventListener("keydown", (event) => {
      const target = event.target, typing = target.closest("select, textarea, input:not([type=checkbox])");
      if (!on || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keys[event.key]) return;
      if (keys[event.key]() !== false) event.preventDefault(); // outside the rows, arrows scroll
    });
    const place = doc.querySelector("[data-keys-switch]");
    if (!place) return;
    const label = make("label", { className: "check" }), box = make("input", { type: "checkbox", checked: on });
    label.append(box, make("span", { textContent: place.dataset.keysSwitch }));
    place.append(label);
    box.addEventListener("change", () => {
      on = box.checked;
      try { localStorage.setItem(key, on ? "on" : "off"); } catch { /* then for this page */ }
    });
  };

  // A table of amounts adds up as one types. Amounts are read and rounded by the rules of internal/money, where they are
  // explained, in whole cents; a test holds the two together.
  const sheet = (table) => {
    const rate = BigInt(table.dataset.sheet), like = table.dataset.like, told = table.closest("fieldset").querySelector("p[data-unread]");
    const [sample, group, decimal] = like.match(/1(\D)234\D567(\D)50/);
    const write = (n) => like.replace(sample, () => String(n / 100n).replace(/\B(?=(\d{3})+$)/g, group) + decimal + String(n % 100n).padStart(2, "0"));
    const digit = (letter) => {
      const code = letter.codePointAt(0);
      let zero = code;
      while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
      return (code - zero) % 10;
    };
    const same = (marks) => marks.every((mark) => mark === marks[0]);
    const trim = (text) => text.replace(/^ +| +$/g, "");
    const read = (typed) => {
      const plain = typed.replace(/\p{Bidi_C}/gu, "").replace(/\p{Nd}/gu, digit).replace(/[\p{Zs}\t]/gu, " ").replace(/[’‘ʼ′]/g, "'").replace(/،/g, ",");
      const text = trim(trim(plain).replace(/^(?:USD|US ?\$|\$ ?US|\$) ?| ?(?:USD|US ?\$|\$ ?US|\$)$/gi, ""));
      if (!/^\d+(?:[ ',.٬٫]\d+)*$/.test(text)) return null;
      const runs = text.split(/[ ',.٬٫]/), marks = text.match(/[ ',.٬٫]/g) || [], last = marks.at(-1), tail = runs.at(-1);
      const point = /[,.٫]/.test(last || "");
      let dollars = runs, cents = "";
      if (!same(marks)) {
        if (!point || !same(marks.slice(0, -1)) || marks[0] === "٫") return null;
        [dollars, cents] = [runs.slice(0, -1), tail];
      } else if (marks.length === 1 && point) {
        if (last === "٫" || tail.length < 3) [dollars, cents] = [[runs[0]], tail];
        else if (last !== group) return null;
      }
      if (cents.length > 2) return null;
      if (dollars.length > 1 && (marks[0] === "٫" || !/^[1-9]\d{0,2}( \d{3})+$/.test(dollars.join(" ")))) return null;
      const n = BigInt(dollars.join("") + cents.padEnd(2, "0"));
      return n > 10n ** 15n ? null : n;
    };
    const add = () => {
      const rows = [], direct = [];
      let unread = 0;
      for (const input of all("[data-amount]", table)) {
        const [row, column] = input.dataset.amount.split(".");
        const n = input.value.trim() ? read(input.value) : 0n;
        if (n === null) unread++;
        rows[row] = (rows[row] || 0n) + (n || 0n);
        direct[column] = (direct[column] || 0n) + (n || 0n);
      }
      const indirect = direct.map((n) => n / 10000n * rate + (n % 10000n * rate + 5000n) / 10000n);
      const lines = { direct, indirect, total: direct.map((n, i) => n + indirect[i]) };
      for (const place of all("[data-row]", table)) place.textContent = write(rows[place.dataset.row]);
      for (const place of all("[data-total]", table)) {
        const line = lines[place.dataset.total], column = place.dataset.column;
        place.textContent = write(column ? line[column] : line.reduce((a, b) => a + b, 0n));
      }
      told.textContent = unread ? table.dataset.unread.replace("{0}", number(unread)) : "";
      return told.textContent || table.dataset.say.replace("{0}", write(lines.total.reduce((a, b) => a + b, 0n)));
    };
    table.addEventListener("input", () => say(add()));
    addEventListener("pageshow", add); // the browser may have kept what was typed
  };

  counters();
  all("input[type=file]").forEach(files);
  all("[data-find]").forEach(find);
  all("[data-presence]").forEach(presence);
  all("[data-advice]").forEach(advice);
  all("[data-rows]").forEach(rows);
  all("[data-sheet]").forEach(sheet);
  for (const form of all("form")) {
    if (form.method !== "post") continue;
    once(form);
    if (form.hasAttribute("data-guard")) {
      const state = guard(form);
      if (form.hasAttribute("data-autosave")) autosave(form, state);
    }
  }

  // What is wrong is read first.
  doc.getElementById("errors")?.focus();

  // Escape closes the menu and goes back to its button.
  doc.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && doc.querySelector(".menu[open]");
    if (menu && menu.contains(doc.activeElement)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Print opens what is folded, and folds it again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("main details:not([open])");
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
})();
