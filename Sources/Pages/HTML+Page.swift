extension HTML {
    /// A page that fetches nothing: its style and script are in it, and its policy lets nothing else in.
    ///
    /// - Parameters:
    ///   - title: plain text.
    ///   - body: what stands in `<body>`, escaped where it has to be.
    public static func page(title: String, style: String, body: String, script: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <title>\(escaped(title))</title>
        <style>
        \(colors)
        \(style)
        </style>
        </head>
        <body>
        \(body)
        <script>
        \(script)
        </script>
        </body>
        </html>

        """
    }

    /// The colours and the type of every page, light or dark as the reader's system is.
    private static let colors = """
        :root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --paper: #fff; --line: #d8dee4; --soft: #f3f5f7;
          --ours: #0a5fc2; --theirs: #b3450b; --bar: #bcd7f7; --warm: #f6cfb6; }
        @media screen and (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa5b1; --paper: #0f1318; --line: #2d343d;
          --soft: #181e25; --ours: #6cb2ff; --theirs: #ffa066; --bar: #1d4778; --warm: #6b3413; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        """
}
