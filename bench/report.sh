#!/bin/bash
# Writes the results of bench/run.sh into a page: a table between <!-- bench ROW --> and
# <!-- end --> for each row, and a plot for each row that has several ways, beside the page in
# performance/.
#
# usage: bench/report.sh RESULTS.jsonl PAGE.md
set -euo pipefail
results=$1 page=$2
plots=$(dirname "$page")/performance
mkdir -p "$plots"

# What the lines hold, with tabs between. They are our own: flat, and no escapes.
fields() {
    sed -n 's/^{"row":"\([^"]*\)","way":"\([^"]*\)","unit":"\([^"]*\)","median":\([^,]*\),"low":\([^,]*\),"high":\([^,]*\),"runs":\([^}]*\)}$/way\t\1\t\2\t\3\t\4\t\5\t\6\t\7/p
            s/^{"row":"\([^"]*\)","what":"\([^"]*\)","value":\([^,]*\),"unit":"\([^"]*\)","need":"\([^"]*\)","goal":\([^,]*\),"met":"\([^"]*\)"}$/result\t\1\t\2\t\3\t\4\t\5\t\6\t\7/p' "$results"
}

fields | awk -F'\t' -v plots="$plots" -v page="$page" '
    function round(x) { return x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x) }
    function plot(row,    i, n, most, file, y, scale) {
        n = ways[row]
        if (n < 2)
            return
        file = plots "/" row ".svg"
        most = 0
        for (i = 1; i <= n; i++)
            if (high[row, i] > most)
                most = high[row, i]
        scale = 420 / most
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", 30 + 28 * n >file
        printf "<rect width=\"640\" height=\"%d\" fill=\"white\"/>\n", 30 + 28 * n >file
        for (i = 1; i <= n; i++) {
            y = 28 * i - 16
            printf "<text x=\"88\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 14, name[row, i] >file
            printf "<rect x=\"96\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>\n", y, median[row, i] * scale, i == 1 ? "#2266aa" : "#a8b8c8" >file
            printf "<path d=\"M%.1f %d V%d M%.1f %d H%.1f M%.1f %d V%d\" stroke=\"black\" fill=\"none\"/>\n", 96 + low[row, i] * scale, y + 5, y + 13, 96 + low[row, i] * scale, y + 9, 96 + high[row, i] * scale, 96 + high[row, i] * scale, y + 5, y + 13 >file
            printf "<text x=\"%.1f\" y=\"%d\">%s</text>\n", 102 + high[row, i] * scale, y + 14, round(median[row, i]) >file
        }
        printf "<text x=\"96\" y=\"%d\" fill=\"#555\">%s: median, slowest and fastest of the runs</text>\n</svg>\n", 22 + 28 * n, unit[row] >file
        close(file)
    }
    function table(row,    i) {
        if (ways[row]) {
            print "| way | " unit[row] ", median | from | to | runs |\n|---|---|---|---|---|"
            for (i = 1; i <= ways[row]; i++)
                print "| " name[row, i] " | " round(median[row, i]) " | " round(low[row, i]) " | " round(high[row, i]) " | " times[row, i] " |"
            print ""
        }
        if (ways[row] > 1)
            print "![" row "](performance/" row ".svg)\n"
        if (results[row]) {
            print "| figure | value | wanted | reached |\n|---|---|---|---|"
            for (i = 1; i <= results[row]; i++)
                print "| " result[row, i] " |"
            print ""
        }
    }
    $1 == "way" {
        i = ++ways[$2]
        name[$2, i] = $3; unit[$2] = $4; median[$2, i] = $5; low[$2, i] = $6; high[$2, i] = $7; times[$2, i] = $8
    }
    $1 == "result" {
        result[$2, ++results[$2]] = $3 " | " round($4) " " $5 " | " ($6 == "" ? "" : $6 " " $7 " " $5) " | " $8
    }
    END {
        for (row in ways)
            plot(row)
        while ((getline line <page) > 0) {
            if (line == "<!-- end -->")
                skipping = 0
            if (!skipping)
                print line
            if (line !~ /^<!-- bench [a-z0-9]+ -->$/)
                continue
            split(line, word, " ")
            row = word[3]
            print ""
            if (!(row in ways) && !(row in results))
                print "Not measured yet.\n"
            else
                table(row)
            skipping = 1
        }
    }' >"$page.new"
mv "$page.new" "$page"
