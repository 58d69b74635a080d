extension FrontierReport {
    /// The page's looks: one column on a phone, two charts side by side where there is room, light or dark as the reader's
    /// system is.
    static let style = """
        main { max-width: 82rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
        header p, .remarks, figcaption, caption, footer { color: var(--quiet); }
        header p { max-width: 60rem; overflow-wrap: anywhere; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
        figure { margin: 0; }
        figcaption { font-size: .9rem; }
        .charts svg, .histogram svg { width: 100%; height: auto; display: block; overflow: visible; }
        svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
        .axis line { stroke: var(--line); }
        .axis text, .histogram text { fill: var(--quiet); }
        .level { stroke: var(--quiet); stroke-dasharray: 4 4; }
        polyline { fill: none; stroke-width: 1.5; }
        polyline.ours { stroke: var(--ours); }
        polyline.theirs { stroke: var(--theirs); stroke-dasharray: 5 4; }
        .point.ours :is(circle, path) { fill: var(--ours); }
        .point.theirs :is(circle, path) { fill: var(--theirs); }
        .point.ours text { fill: var(--ours); }
        .point.theirs text { fill: var(--theirs); }
        .point text { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
        .point line { stroke: currentColor; }
        .point .leader { stroke-width: .75; }
        .ours { color: var(--ours); }
        .theirs { color: var(--theirs); }
        .key { columns: 18rem; margin: .5rem 0; padding: 0; list-style-position: inside; font-size: .9rem; }
        .key li { overflow-wrap: anywhere; break-inside: avoid; }
        .key li::marker { font-weight: 600; }
        .legend { margin: 0 0 .5rem; color: var(--quiet); }
        .legend svg { width: .9rem; height: .9rem; vertical-align: -.1rem; }
        .scroll { overflow-x: auto; }
        .scroll:focus-visible { outline: 2px solid var(--ours); outline-offset: 2px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .83rem; }
        .sortable { width: 100%; }
        caption { text-align: left; padding: .3rem 0; font-size: .9rem; }
        th, td { padding: .35rem .4rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
        thead th { vertical-align: bottom; white-space: normal; min-width: 3.4rem; }
        th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); font-weight: 600; }
        .sortable tbody th div { width: max-content; max-width: 12.5rem; white-space: normal; overflow-wrap: anywhere; }
        td small, tbody th small { display: block; color: var(--quiet); font-weight: 400; }
        th button { all: unset; cursor: pointer; display: inline-block; min-width: 24px; min-height: 24px; }
        th button:focus-visible { outline: 2px solid var(--ours); outline-offset: 2px; }
        th button::after { content: "\\A0↕"; color: var(--quiet); }
        th[aria-sort=ascending] button::after { content: "\\A0↑"; color: var(--ours); }
        th[aria-sort=descending] button::after { content: "\\A0↓"; color: var(--ours); }
        tbody tr:hover td { background: var(--soft); }
        .remarks { padding-left: 1.2rem; font-size: .9rem; max-width: 60rem; }
        details { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem; margin: .5rem 0; }
        summary { cursor: pointer; overflow-wrap: anywhere; }
        summary span { color: var(--quiet); }
        .histogram { max-width: 40rem; margin: .8rem 0; }
        .histogram path { fill: var(--ours); }
        .bars { width: 100%; }
        .bars :is(td, th):nth-child(n+3) { width: 36%; min-width: 6rem; text-align: left; padding: .15rem .3rem; }
        .bars th, .bars td { border: 0; }
        .bars tbody th { font-weight: 400; }
        .bar { display: block; padding: .1rem .4rem; border-radius: .2rem;
          background: linear-gradient(var(--bar), var(--bar)) left / var(--share) 100% no-repeat; }
        .bar.error { background-image: linear-gradient(var(--warm), var(--warm)); }
        @media (max-width: 40rem) {
          th, td { padding: .3rem .4rem; }
          .bars :is(td, th):nth-child(2) { display: none; }
          .bars tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; font-size: .8rem; }
          .sortable tbody th div { max-width: 8.5rem; }
        }
        @page { margin: 10mm; }
        @media print {
          :root { color-scheme: light; font-size: 11px; }
          body { font-size: 11px; }
          main { max-width: none; padding: 0; }
          .scroll { overflow: visible; }
          .charts { grid-template-columns: 1fr 1fr; }
          .sortable { font-size: 9px; }
          th, td { padding: .2rem .25rem; }
          thead th { min-width: 0; }
          th:first-child { position: static; }
          th button::after, th[aria-sort] button::after { content: none; }
          .histogram { max-width: 20rem; }
          tr, figure, li, table, details { break-inside: avoid; }
          h2, summary { break-after: avoid; }
          .bar { print-color-adjust: exact; }
        }
        """

    /// Headings that sort: by number where cells have one, else by their words. Without it the page lacks nothing else.
    static let script = """
        for (const table of document.querySelectorAll("table.sortable")) {
          const heads = [...table.tHead.rows[0].cells];
          heads.forEach((head, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener("click", () => {
              const up = head.getAttribute("aria-sort") !== "ascending";
              for (const other of heads) other.removeAttribute("aria-sort");
              head.setAttribute("aria-sort", up ? "ascending" : "descending");
              const body = table.tBodies[0];
              const name = row => row.querySelector("bdi").textContent;
              const value = row => row.cells[column].dataset.value;
              const rows = [...body.rows].sort((a, b) => {
                if (column === 0) return name(a).localeCompare(name(b)) * (up ? 1 : -1);
                const [x, y] = [value(a), value(b)];
                if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
                return (Number(x) - Number(y)) * (up ? 1 : -1);
              });
              body.append(...rows);
            });
          });
        }
        // On paper nobody opens them.
        let closed = [];
        addEventListener("beforeprint", () => {
          closed = [...document.querySelectorAll("details:not([open])")];
          closed.forEach(part => { part.open = true; });
        });
        addEventListener("afterprint", () => closed.forEach(part => { part.open = false; }));
        """
}
