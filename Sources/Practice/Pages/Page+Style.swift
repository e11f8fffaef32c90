extension Page {
    /// The looks of pages and charts. The colors of series are told apart by color-blind readers (after Okabe and Ito, darkened
    /// or lightened to a contrast of 3 with the ground); dashes say the same without color.
    package static let style = """
        :root{color-scheme:light dark;--ground:#fff;--raised:#f4f5f7;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;
        --accent:#0059b3;--good:#17663a;--bad:#b3261e;--s1:#0072b2;--s2:#c44f00;--s3:#00795a;--s4:#a3447c;--s5:#8a6d00;
        --s6:#2f7fb8;--s7:#5b5b5b;--s8:#7a3fb0;--heat:0,89,179}
        @media(prefers-color-scheme:dark){:root{--ground:#0f1318;--raised:#1a2027;--ink:#e6e9ed;--soft:#a3adb8;
        --line:#39424d;--accent:#7cb8ff;--good:#6fd39b;--bad:#ff8f85;--s1:#56b4e9;--s2:#ff9a57;--s3:#3fcf9f;--s4:#e79cc6;
        --s5:#e6c229;--s6:#9ecbff;--s7:#b8b8b8;--s8:#c79cf2;--heat:86,160,233}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:76rem;padding:1rem 1.25rem 4rem;background:var(--ground);color:var(--ink);
        font:1rem/1.5 system-ui,sans-serif}
        h1{font-size:1.6rem;margin:.5rem 0 0}h2{font-size:1.25rem;margin:2.2rem 0 .6rem}h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
        h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}
        p{margin:.4rem 0;max-width:60rem}a{color:var(--accent)}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px}
        .skip{position:absolute;left:-999rem}.skip:focus{position:static}
        .note{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
        .scroll{overflow:auto;max-height:34rem}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--soft);padding:.2rem 0}
        th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
        thead th{position:sticky;top:0;background:var(--raised)}tbody th{font-weight:normal}
        .number{text-align:right;white-space:nowrap}
        pre,code{font-family:ui-monospace,monospace;font-size:.9em}
        pre{background:var(--raised);padding:.7rem 1rem;overflow:auto;border-radius:.4rem;white-space:pre-wrap;
        overflow-wrap:anywhere}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.4rem 0}dt{color:var(--soft)}
        dd{margin:0;overflow-wrap:anywhere}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr));gap:1rem 1.6rem}
        figure{margin:.6rem 0 1.2rem;min-width:0}figcaption{font-weight:600;margin-bottom:.2rem}
        details{margin:.3rem 0}summary{cursor:pointer;color:var(--soft)}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;padding:0;margin:.2rem 0;font-size:.9rem}
        .legend svg{width:2.4rem;height:.8rem;vertical-align:middle;margin-right:.3rem}
        svg.chart{width:100%;max-width:46rem;height:auto;display:block;overflow:visible}svg.chart.broad{max-width:none}
        svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .soft{fill:var(--soft)}
        svg .clear{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
        .grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
        .interval{stroke:var(--ink);stroke-width:1.5}.mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
        .curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.band{stroke:none;fill-opacity:.18}
        .s1{stroke:var(--s1)}.s2{stroke:var(--s2);stroke-dasharray:7 3}.s3{stroke:var(--s3);stroke-dasharray:2 3}
        .s4{stroke:var(--s4);stroke-dasharray:9 3 2 3}.s5{stroke:var(--s5);stroke-dasharray:12 4}
        .s6{stroke:var(--s6);stroke-dasharray:5 2 2 2 2 2}.s7{stroke:var(--s7);stroke-dasharray:4 4}
        .s8{stroke:var(--s8);stroke-dasharray:1 2}
        .f1{fill:var(--s1)}.f2{fill:var(--s2)}.f3{fill:var(--s3)}.f4{fill:var(--s4)}.f5{fill:var(--s5)}.f6{fill:var(--s6)}
        .f7{fill:var(--s7)}.f8{fill:var(--s8)}
        .heat td{background:rgba(var(--heat),calc(var(--v,0)*.62));text-align:right;border:1px solid var(--line)}
        .heat td.own{outline:2px solid var(--soft);outline-offset:-2px}
        .heat thead th{font-weight:normal}
        .box{fill:var(--raised);stroke:var(--line)}.weighty{stroke:var(--s1)}
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.8rem;padding:0;list-style:none}
        .gallery img{image-rendering:pixelated;display:block}
        .low{stroke:var(--s1)}.high{stroke:var(--s2)}.thread{fill:none;stroke-width:1.2;stroke-opacity:.55}
        .best{stroke:var(--ink);stroke-width:2.6;stroke-opacity:1}
        .gallery{list-style:none;margin:.6rem 0;padding:0;display:grid;gap:.8rem;
        grid-template-columns:repeat(auto-fill,minmax(10rem,1fr))}
        .gallery.wide{grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr))}
        .gallery article{background:var(--raised);border:1px solid var(--line);border-radius:.5rem;padding:.7rem;height:100%}
        .gallery p{overflow-wrap:anywhere}.gallery table{width:100%;font-size:.9rem}.gallery th,.gallery td{padding:.2rem .4rem}
        .gallery img{image-rendering:pixelated;max-width:100%;height:auto;display:block;margin-bottom:.4rem}
        @media print{.skip{display:none}.scroll{max-height:none}}
        """
}
