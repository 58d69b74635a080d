extension AttentionReport {
    /// The page's looks: one column on a phone, two where there is room.
    static let style = """
        [hidden] { display: none !important; }
        main { max-width: 78rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
        h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .4rem; }
        header p { max-width: 52rem; color: var(--quiet); margin: .3rem 0 1rem; }
        header em { color: var(--ink); font-style: normal; font-weight: 600; }
        .quiet { color: var(--quiet); font-size: .88rem; margin: .2rem 0 .6rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        :focus-visible { outline: 2px solid var(--theirs); outline-offset: 2px; border-radius: .3rem; }
        #text { background: var(--paper); border-block: 1px solid var(--line); padding: .7rem 0 .5rem; }
        #units { display: flex; flex-wrap: wrap; gap: .15rem .1rem; max-height: 40vh; overflow-y: auto; padding: 3px; }
        .unit { all: unset; box-sizing: border-box; cursor: pointer; text-align: center; padding: .25rem .3rem .1rem;
          border-radius: .35rem; border: 2px solid transparent; font-size: 1.1rem; line-height: 1.3; min-width: 2.2rem; max-width: 100%; overflow-wrap: anywhere;
          background: color-mix(in srgb, var(--ours) calc(var(--a, 0) * 75%), var(--paper)); }
        .unit.dense { color: var(--paper); }
        .unit small { display: block; font-size: .68rem; font-variant-numeric: tabular-nums; min-height: 1rem; }
        .unit.inner { padding-left: 0; margin-left: -.1rem; border-top-left-radius: 0; border-bottom-left-radius: 0; min-width: 1rem; }
        .unit[aria-selected=true] { border-color: var(--theirs); }
        .unit.future { color: var(--quiet); opacity: .65; }
        .unit:focus-visible { outline: 2px solid var(--theirs); }
        #summary { margin: .4rem 0 .2rem; min-height: 1.5em; }
        .choices { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .2rem 0; font-size: .85rem; color: var(--quiet); }
        .choices input { accent-color: var(--ours); margin: 0 .3rem 0 0; vertical-align: -.1em; }
        .columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.8rem 2.6rem; padding-top: 1.2rem;
          align-items: start; }
        .columns > div { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.8rem; }
        .scroll { overflow-x: auto; padding: 3px; margin: -3px; }
        .views { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; margin-bottom: .5rem; }
        #finds { margin: .2rem 0 .5rem; min-height: 2.1rem; font-size: .9rem; color: var(--quiet); }
        button { font: inherit; color: inherit; }
        .views button, #more { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; cursor: pointer;
          padding: .25rem .7rem; font-size: .9rem; }
        .views button[aria-pressed=true] { background: var(--ours); border-color: var(--ours); color: var(--paper); }
        #heads { display: grid; gap: .3rem; }
        .layer { color: var(--quiet); font-size: .78rem; align-self: center; white-space: nowrap; }
        .head { all: unset; box-sizing: border-box; cursor: pointer; border: 2px solid var(--line); border-radius: .35rem; padding: 2px;
          background: var(--paper); text-align: center; line-height: 1; }
        .head canvas { width: 100%; aspect-ratio: 1; image-rendering: pixelated; display: block; }
        .head small { display: block; font-size: .62rem; color: var(--quiet); min-height: .8rem; line-height: 1.1; }
        .head[aria-selected=true] { border-color: var(--theirs); }
        .head:hover, .unit:hover { border-color: var(--quiet); }
        .head:focus-visible { outline: 2px solid var(--theirs); }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .28rem .4rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
        th { font-weight: 600; } thead th { color: var(--quiet); font-weight: 400; font-size: .8rem; vertical-align: bottom; }
        th:first-child, .said { text-align: left; }
        #detail tbody th { white-space: nowrap; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; }
        #detail td:not(.said) { white-space: nowrap; }
        .share { min-width: 5.5rem;
          background: linear-gradient(var(--bar), var(--bar)) left .2rem / var(--share) 1.5rem no-repeat; }
        .said { padding-left: .9rem; } .said span { display: inline-block; max-width: 100%; margin-right: .5rem; } .said small { white-space: nowrap; } .said small, .lensed small { color: var(--quiet); }
        #lens th { white-space: nowrap; font-weight: 400; color: var(--quiet); }
        #lens tr:last-child th { color: var(--ink); font-weight: 600; }
        .lensed { text-align: left; width: 18%; overflow-wrap: anywhere;
          background: linear-gradient(var(--bar), var(--bar)) left bottom / var(--share) 3px no-repeat; }
        .lensed.true { color: var(--ours); font-weight: 600; }
        #map { display: block; cursor: crosshair; }
        #cell { min-height: 1.5em; margin: .3rem 0; font-size: .9rem; }
        @media (max-width: 52rem) {
          .columns { grid-template-columns: minmax(0, 1fr); }
          .columns > div { display: contents; }
          [aria-labelledby=detail-title] { order: 1; } [aria-labelledby=map-title] { order: 2; } [aria-labelledby=lens-title] { order: 3; }
          h1 { font-size: 1.4rem; }
        }
        @media (max-width: 34rem) {
          #detail thead th:last-child { display: none; }
          #detail tbody tr { display: grid; grid-template-columns: minmax(0, 1fr) 4.6rem 4.6rem 5.5rem; border-bottom: 1px solid var(--line); }
          #detail thead tr { display: grid; grid-template-columns: minmax(0, 1fr) 4.6rem 4.6rem 5.5rem; }
          #detail.plain tr { grid-template-columns: minmax(0, 1fr) 6rem; }
          #detail :is(td, th) { border: 0; }
          #detail tbody th { white-space: normal; max-width: none; }
          #detail .said { grid-column: 1 / -1; padding-top: 0; padding-left: 1.2rem; }
          #lens :is(td, th):nth-child(n+5) { display: none; }
          .lensed { width: auto; }
        }
        @media (prefers-reduced-motion: no-preference) { .unit { transition: background-color .12s; } }
        """
}
