extension Chart {
    /// The rules that the classes of a chart's and a diagram's SVG need, light and dark.
    ///
    /// Categorical colors are told apart by people who are color-blind (after Okabe and Ito).
    public static let stylesheet = """
        :root { --paper: #ffffff; --ink: #1c2430; --quiet: #5b6675;
          --rule: #d9dee6; --panel: #f6f8fa; --good: #0f7b52; --bad: #b3261e;
          --s0: #0067a8; --s1: #c84e00; --s2: #00875f; --s3: #a04c88; --s4: #8a6a00; --s5: #2f98cf;
          --s6: #5b6675; }
        @media (prefers-color-scheme: dark) { :root { --paper: #10151c; --ink: #e6ebf2;
          --quiet: #9aa7b8; --rule: #2b3542; --panel: #171e27; --good: #46c492; --bad: #ff8a80;
          --s0: #58a9ea; --s1: #ff9153; --s2: #38c897; --s3: #e39ac9; --s4: #ddb94f; --s5: #9bd4f7;
          --s6: #9aa7b8; } }
        @media print { :root { --paper: #ffffff; --ink: #000000; --quiet: #333333;
          --rule: #cccccc; --panel: #ffffff; --good: #0f7b52; --bad: #b3261e;
          --s0: #0067a8; --s1: #c84e00; --s2: #00875f; --s3: #a04c88; --s4: #8a6a00; --s5: #2f98cf;
          --s6: #5b6675; } }
        .chart, .diagram, .gallery { display: block; width: 100%; height: auto;
          font: 12px system-ui, sans-serif; }
        .chart text, .diagram text, .gallery text { fill: var(--quiet); }
        .chart .axis, .chart .note, .diagram .value { fill: var(--ink); }
        .halo { stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
        .s0 { --mark: var(--s0); } .s1 { --mark: var(--s1); } .s2 { --mark: var(--s2); }
        .s3 { --mark: var(--s3); } .s4 { --mark: var(--s4); } .s5 { --mark: var(--s5); }
        .s6 { --mark: var(--s6); }
        .grid { stroke: var(--rule); stroke-width: 0.7; fill: none; }
        .frame { fill: none; stroke: var(--quiet); stroke-width: 0.8; }
        .line { fill: none; stroke: var(--mark); stroke-width: 1.8; stroke-linejoin: round; }
        .reference { fill: none; stroke: var(--mark); stroke-width: 1.5;
          stroke-dasharray: 5 4; }
        .dots { fill: none; stroke: var(--mark); stroke-width: 4.4; stroke-linecap: round;
          stroke-opacity: 0.8; }
        .cell { fill: var(--mark); }
        .chart text.count { fill: var(--ink); font-size: 9px; }
        .level { fill: var(--mark); fill-opacity: 0.14; }
        .contour { fill: none; stroke: var(--mark); stroke-width: 0.8; stroke-opacity: 0.7; }
        .node { fill: var(--panel); stroke: var(--quiet); stroke-width: 1; }
        .node.accent { stroke: var(--s0); stroke-width: 1.8; }
        .pixels { image-rendering: pixelated; }
        .border { fill: none; stroke: var(--rule); stroke-width: 0.7; }
        .region { fill: none; stroke: var(--mark); stroke-width: 1.2; }
        .edge { fill: none; stroke: var(--quiet); stroke-width: 1.1; }
        .chart text.edge-label, .diagram text.edge-label { fill: var(--s1); }
        """
}
