extension AttentionReport {
    /// The page's behaviour: what is chosen is a word (`unit`) and a view; what is pointed at is shown while it is.
    static let script = #"""
        "use strict";
        const data = JSON.parse(document.getElementById("data").textContent);
        const $ = id => document.getElementById(id);
        const count = data.tokens.length;
        const decode = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
        const at = (query, key) => query * (query + 1) / 2 + key;
        const scores = data.scores.map(layer => layer.map(([unit, text]) => Float32Array.from(new Int16Array(decode(text)), x => x * unit)));
        const softmax = scores => {
          const shares = new Float32Array(scores.length);
          for (let q = 0; q < count; q++) {
            const row = scores.subarray(at(q, 0), at(q, q) + 1), most = Math.max(...row);
            const powers = Array.from(row, x => Math.exp(x - most)), sum = powers.reduce((a, b) => a + b, 0);
            shares.set(powers.map(x => x / sum), at(q, 0));
          }
          return shares;
        };
        const weights = scores.map(layer => layer.map(softmax));
        const mean = new Float32Array(count * (count + 1) / 2);
        weights.flat().forEach(map => map.forEach((w, i) => { mean[i] += w / (data.layers * data.heads); }));
        const rollout = Float32Array.from(new Uint16Array(decode(data.rollout)), x => x / 65535);

        // Tokens from a number up to another, and their text together.
        const tokenUnits = data.tokens.map((text, i) => [i, i + 1, text]);
        const hasWords = data.words.length < count;
        const state = { units: hasWords ? data.words : tokenUnits, chosen: 0, pointed: null, view: "mean", all: false, cell: null };
        const shown = text => {
          const visible = text.trim();
          return visible || text.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/ /g, "␣") || "∅";
        };
        const label = unit => shown(unit[2]);
        const percent = w => (100 * w).toFixed(w < 0.0995 ? 1 : 0) + "\u00a0%";
        // A predicted token: what does not begin a word goes on with one.
        const predicted = id => { const text = data.vocabulary[id]; return (/^[\p{L}\p{N}]/u.test(text) ? "-" : "") + shown(text); };
        const signed = x => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(2);
        const fixed = x => (x < 0 ? "−" : "") + Math.abs(x).toFixed(2);
        const isHead = () => Array.isArray(state.view);
        const map = () => isHead() ? weights[state.view[0]][state.view[1]] : state.view === "rollout" ? rollout : mean;
        const viewName = () => isHead() ? `layer ${state.view[0]}, head ${state.view[1]}`
          : state.view === "rollout" ? "rollout" : "the mean of all heads";
        const kindsOf = (layer, head) => data.kinds.filter(k => k[0] === layer && k[1] === head);

        // How unit `from` looks at unit `to`: what its last token, which has read it whole, gives to the other's together.
        const between = (m, from, to) => {
          let sum = 0;
          for (let k = to[0]; k < to[1]; k++) sum += m[at(from[1] - 1, k)];
          return sum;
        };
        const row = (m, index) => state.units.slice(0, index + 1).map(unit => between(m, state.units[index], unit));
        const element = (name, properties = {}, ...children) => {
          const made = Object.assign(document.createElement(name), properties);
          made.append(...children);
          return made;
        };

        // One stop for the Tab key in a group of choices; arrows move through it.
        function roving(group, items, columns, choose) {
          group.addEventListener("keydown", event => {
            const now = items().indexOf(document.activeElement);
            const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns(), Home: -now,
              End: items().length - 1 - now }[event.key];
            if (now < 0 || step === undefined) return;
            event.preventDefault();
            const next = items()[now + step];
            if (next) { next.focus(); choose(now + step); }
          });
        }

        // The text.
        function buildUnits() {
          const holder = $("units");
          holder.replaceChildren(...state.units.map((unit, index) => {
            const starts = data.words.some(word => word[0] === unit[0]);
            const button = element("button", { type: "button", className: starts ? "unit" : "unit inner" },
              label(unit), element("small"));
            button.setAttribute("role", "option");
            button.addEventListener("click", () => { state.chosen = index; state.pointed = null; state.cell = null; draw(); });
            button.addEventListener("pointerenter", event => {
              if (event.pointerType === "mouse") { state.pointed = index; drawFocus(); }
            });
            return button;
          }));
          holder.onpointerleave = () => { if (state.pointed !== null) { state.pointed = null; drawFocus(); } };
        }
        const focusIndex = () => state.pointed ?? state.chosen;

        function drawUnits() {
          const index = focusIndex();
          const looked = row(map(), index);
          const skip = $("faded").checked && looked.length > 1 ? 1 : 0;
          const most = Math.max(...looked.slice(skip), 1e-9);
          [...$("units").children].forEach((button, i) => {
            const future = i > index;
            const alpha = future ? 0 : i < skip ? 0 : Math.min(1, looked[i] / Math.max(most, 0.05));
            button.style.setProperty("--a", alpha);
            button.className = button.className.replace(/ (dense|future)/g, "") + (future ? " future" : alpha > 0.72 ? " dense" : "");
            button.lastChild.textContent = future ? "" : percent(looked[i]);
            button.setAttribute("aria-selected", i === state.chosen);
            button.tabIndex = i === state.chosen ? 0 : -1;
            button.setAttribute("aria-label", future ? label(state.units[i]) : `${label(state.units[i])}, ${percent(looked[i])}`);
          });
          const best = looked.map((w, i) => [w, i]).sort((a, b) => b[0] - a[0]).slice(0, 4).filter(([w]) => w >= 0.01);
          $("summary").replaceChildren(element("b", {}, `«${label(state.units[index])}»`),
            ` looks at ${best.map(([w, i]) => `${i === index ? "itself" : `«${label(state.units[i])}»`} ${percent(w)}`).join(", ")}`
            + ` (${viewName()})`);
        }

        // Where single heads look furthest: not at the word itself, nor the one before, nor the first.
        function drawFinds() {
          const index = focusIndex(), finds = [];
          for (let layer = 0; layer < data.layers; layer++)
            for (let head = 0; head < data.heads; head++)
              for (let i = 1; i < index - 1; i++) {
                if (!/[\p{L}\p{N}]/u.test(label(state.units[i]))) continue;
                const w = between(weights[layer][head], state.units[index], state.units[i]);
                if (w >= 0.15) finds.push([w, i, layer, head]);
              }
          finds.sort((a, b) => b[0] - a[0]);
          $("finds").replaceChildren(...(finds.length ? ["further back, one head: "] : []), ...finds.slice(0, 3).map(([w, i, layer, head]) => {
            const button = element("button", { type: "button" }, `«${label(state.units[i])}» ${percent(w)}`);
            button.setAttribute("aria-label", `${label(state.units[i])} ${percent(w)}, layer ${layer}, head ${head}`);
            button.setAttribute("aria-pressed", isHead() && state.view[0] === layer && state.view[1] === head);
            button.title = `layer ${layer}, head ${head}`;
            button.addEventListener("click", () => { state.view = [layer, head]; draw(); $("finds").querySelector("[aria-pressed=true]")?.focus(); });
            return button;
          }));
        }

        // The heads, each a small picture of its whole map.
        const ink = () => {
          const probe = element("canvas", { width: 1, height: 1 }).getContext("2d");
          probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ours");
          probe.fillRect(0, 0, 1, 1);
          return probe.getImageData(0, 0, 1, 1).data;
        };
        function thumbnail(canvas, m) {
          canvas.width = canvas.height = count;
          const context = canvas.getContext("2d");
          const image = context.createImageData(count, count);
          const [r, g, b] = ink();
          for (let q = 0; q < count; q++)
            for (let k = 0; k <= q; k++) image.data.set([r, g, b, 255 * Math.sqrt(m[at(q, k)])], 4 * (q * count + k));
          context.putImageData(image, 0, 0);
        }
        const shortKind = { "previous-token": "previous", "first-token": "first", "same-token": "same", induction: "induction" };
        function buildHeads() {
          const grid = $("heads");
          grid.style.gridTemplateColumns = `max-content repeat(${data.heads}, minmax(3.2rem, 1fr))`;
          grid.style.maxWidth = `${6 * data.heads + 5}rem`;
          for (let layer = 0; layer < data.layers; layer++) {
            grid.append(element("span", { className: "layer" }, `layer ${layer}`));
            for (let head = 0; head < data.heads; head++) {
              const kinds = kindsOf(layer, head);
              const words = kinds.map(k => `${k[2]} ${percent(k[3])}`).join(", ");
              const button = element("button", { type: "button", className: "head", title: `layer ${layer}, head ${head}` },
                element("canvas"), element("small", {}, kinds.map(k => shortKind[k[2]]).join(" ")));
              button.setAttribute("role", "option");
              button.setAttribute("aria-label", `Layer ${layer}, head ${head}${words ? ": " + words : ""}`);
              button.dataset.layer = layer;
              button.dataset.head = head;
              button.addEventListener("click", () => { state.view = [layer, head]; draw(); });
              grid.append(button);
            }
          }
          $("kinds").textContent = data.kinds.length
            ? "Pictures are whole maps: rows look at columns. Words under them name heads of a kind, by what they do with random tokens "
              + "read twice: previous (the token before), first (the beginning of the text), same (the same token), induction (what "
              + "came after the same token before)."
            : "Pictures are whole maps: rows look at columns. No head follows one of the known patterns clearly.";
        }
        const headButtons = () => [...document.querySelectorAll(".head")];
        function drawHeads() {
          headButtons().forEach((button, i) => {
            const selected = isHead() && state.view[0] * data.heads + state.view[1] === i;
            button.setAttribute("aria-selected", selected);
            button.tabIndex = selected || (!isHead() && i === 0) ? 0 : -1;
          });
          document.querySelectorAll("[data-view]").forEach(button =>
            button.setAttribute("aria-pressed", state.view === button.dataset.view));
        }
        function paintHeads() {
          for (const button of headButtons())
            thumbnail(button.firstChild, weights[button.dataset.layer][button.dataset.head]);
        }

        // One word, number by number.
        function drawDetail() {
          const index = focusIndex();
          const from = state.units[index];
          const query = from[1] - 1;
          const single = isHead();
          const [layer, head] = isHead() ? state.view : [];
          $("detail-title").textContent = `What «${label(from)}» looks at: ${viewName()}`;
          $("explained").textContent = single
            ? `q·k is how well its query fits the key; times ${+data.scales[layer].toFixed(4)} it stays small; softmax makes shares of `
              + "it that sum to 1. What the value adds: the next words it makes likelier, by how much of a logit, and how far it moves "
              + "the residual stream." + (state.units !== tokenUnits ? " Words of several tokens look with their last; looked at, they "
              + "show the scores and the value of the token that gets most." : "")
            : state.view === "rollout" ? "Through all layers, if every head passed on what it looks at (Abnar and Zuidema, 2020)."
            : "Choose a head to see scores before and after scaling and softmax, and what the values add.";
          const heads = ["word", ...(single ? ["q·k", "scaled", "softmax", "what its value adds"] : ["share"])];
          $("detail").className = single ? "" : "plain";
          $("detail").tHead.replaceChildren(element("tr", {}, ...heads.map(text => {
            const cell = element("th", { scope: "col" }, text);
            if (text === "what its value adds") cell.className = "said";
            return cell;
          })));
          const looked = row(map(), index).map((w, i) => [w, i]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
          const limit = 8;
          const rows = state.all ? looked : looked.slice(0, limit);
          $("detail").tBodies[0].replaceChildren(...rows.map(([w, i]) => {
            const to = state.units[i];
            const cells = [element("th", { scope: "row" }, label(to))];
            const key = single ? strongest(weights[layer][head], query, to) : 0;
            if (single) {
              const score = scores[layer][head][at(query, key)];
              cells.push(element("td", {}, fixed(score / data.scales[layer])), element("td", {}, fixed(score)));
            }
            const share = element("td", { className: "share" }, percent(w));
            share.style.setProperty("--share", `${100 * w}%`);
            cells.push(share);
            if (single) cells.push(said(layer, head, query, key));
            return element("tr", {}, ...cells);
          }));
          $("more").hidden = looked.length <= limit;
          $("more").textContent = state.all ? `Only the first ${limit}` : `All ${looked.length}`;
        }
        function strongest(m, query, to) {
          let best = to[0];
          for (let key = to[0]; key < to[1]; key++) if (m[at(query, key)] > m[at(query, best)]) best = key;
          return best;
        }
        function said(layer, head, query, key) {
          const cell = element("td", { className: "said" });
          const weight = weights[layer][head][at(query, key)];
          const moved = weight * data.lengths[layer][head][key] / data.streamLengths[layer][query];
          for (const [id, amount] of data.pushes[layer][head][key]) {
            const logit = weight * amount / data.deviations[layer][query];
            if (logit >= 0.005) cell.append(element("span", {}, predicted(id), " ", element("small", {}, signed(logit))), " ");
          }
          cell.append(element("small", {}, `moves it ${percent(moved)}`));
          return cell;
        }

        // What each layer would say next.
        function drawLens() {
          const unit = state.units[focusIndex()];
          const token = unit[1] - 1;
          const next = data.ids[token + 1];
          $("lens-title").textContent = `What comes after «${label(unit)}»?`;
          $("lens").tBodies[0].replaceChildren(...data.lens.map((rows, point) => {
            const name = point === 0 ? "at first" : point === data.layers ? "in the end" : `after layer ${point - 1}`;
            return element("tr", {}, element("th", { scope: "row" }, name), ...rows[token].map(([id, p]) => {
              const cell = element("td", { className: id === next ? "lensed true" : "lensed" }, predicted(id), " ",
                element("small", {}, percent(p)));
              if (id === next) cell.title = "what the text says";
              cell.style.setProperty("--share", `${100 * p}%`);
              return cell;
            }));
          }));
        }

        // Every word at once.
        let geometry = null;
        function drawMap() {
          const units = state.units, n = units.length, canvas = $("map"), context = canvas.getContext("2d");
          const style = getComputedStyle(document.documentElement);
          const color = name => style.getPropertyValue(name);
          const font = "12px system-ui, sans-serif";
          context.font = font;
          const names = units.map(unit => { const text = label(unit); return text.length > 14 ? text.slice(0, 13) + "…" : text; });
          const margin = Math.ceil(Math.max(...names.map(name => context.measureText(name).width))) + 8;
          const room = $("map-scroll").clientWidth - 8;
          const size = Math.max(n > 60 ? 5 : 14, Math.min(34, Math.floor((room - margin) / n)));
          const named = size >= 12;
          const left = named ? margin : 4;
          const [width, height] = [left + n * size + 2, left + n * size + 2];
          const ratio = window.devicePixelRatio || 1;
          canvas.width = width * ratio;
          canvas.height = height * ratio;
          canvas.style.width = `${width}px`;
          canvas.style.height = `${height}px`;
          context.scale(ratio, ratio);
          context.font = font;
          const m = map(), focus = focusIndex();
          context.fillStyle = color("--ours");
          for (let q = 0; q < n; q++) {
            row(m, q).forEach((w, k) => {
              context.globalAlpha = Math.sqrt(w);
              context.fillRect(left + k * size, left + q * size, size - 1, size - 1);
            });
          }
          context.globalAlpha = 1;
          if (named) {
            names.forEach((name, i) => {
              context.fillStyle = color(i === focus ? "--theirs" : "--quiet");
              context.textAlign = "right";
              context.fillText(name, left - 5, left + i * size + size / 2 + 4);
              context.save();
              context.translate(left + i * size + size / 2 + 4, left - 5);
              context.rotate(-Math.PI / 2);
              context.textAlign = "left";
              context.fillText(name, 0, 0);
              context.restore();
            });
          }
          context.strokeStyle = color("--theirs");
          context.lineWidth = 1.5;
          context.strokeRect(left - .5, left + focus * size - .5, (focus + 1) * size, size);
          if (state.cell) context.strokeRect(left + state.cell[1] * size - .5, left + state.cell[0] * size - .5, size, size);
          geometry = { left, size, n };
          canvas.setAttribute("aria-label", `Heat map of ${viewName()}, ${n} by ${n} words; arrow keys move through it`);
          $("cell").textContent = state.cell
            ? `«${label(units[state.cell[0]])}» → «${label(units[state.cell[1]])}»: ${percent(between(m, units[state.cell[0]], units[state.cell[1]]))}`
            : "";
        }
        function pointCell(event) {
          const box = $("map").getBoundingClientRect();
          const [k, q] = [event.clientX - box.left, event.clientY - box.top].map(v => Math.floor((v - geometry.left) / geometry.size));
          return q >= 0 && q < geometry.n && k >= 0 && k <= q ? [q, k] : null;
        }
        $("map").addEventListener("pointermove", event => {
          const cell = pointCell(event);
          if (String(cell) === String(state.cell)) return;
          state.cell = cell;
          state.pointed = cell && event.pointerType === "mouse" ? cell[0] : null;
          drawFocus();
        });
        $("map").addEventListener("pointerleave", () => { state.cell = null; state.pointed = null; drawFocus(); });
        $("map").addEventListener("click", event => {
          const cell = pointCell(event);
          if (cell) { state.chosen = cell[0]; state.cell = cell; draw(); }
        });
        $("map").addEventListener("keydown", event => {
          const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
          if (!step) return;
          event.preventDefault();
          const [q, k] = state.cell ?? [state.chosen, state.chosen];
          const row = Math.max(0, Math.min(state.units.length - 1, q + step[0]));
          state.cell = [row, Math.max(0, Math.min(row, k + step[1]))];
          state.chosen = row;
          draw();
        });

        function drawFocus() { drawUnits(); drawFinds(); drawDetail(); drawLens(); drawMap(); }
        function draw() { drawHeads(); drawFocus(); }

        document.querySelectorAll("[data-view]").forEach(button =>
          button.addEventListener("click", () => { state.view = button.dataset.view; draw(); }));
        $("more").addEventListener("click", () => { state.all = !state.all; drawDetail(); });
        $("faded").addEventListener("change", drawUnits);
        $("joining").hidden = !hasWords;
        $("joined").addEventListener("change", () => {
          const token = state.units[state.chosen][1] - 1;
          state.units = $("joined").checked ? data.words : tokenUnits;
          state.chosen = state.units.findIndex(unit => token < unit[1]);
          state.cell = null;
          buildUnits();
          draw();
        });
        roving($("units"), () => [...$("units").children], () => 1, index => { state.chosen = index; state.pointed = null; draw(); });
        roving($("heads"), headButtons, () => data.heads, index => {
          state.view = [Math.floor(index / data.heads), index % data.heads];
          draw();
        });
        for (const part of document.querySelectorAll("main > [hidden]")) part.hidden = false;
        state.chosen = state.units.length - 1;
        buildUnits();
        buildHeads();
        paintHeads();
        draw();
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { paintHeads(); draw(); });
        new ResizeObserver(drawMap).observe($("map-scroll"));
        """#
}
