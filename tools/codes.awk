# Turns the rows of src/model/failure.c and src/model/code_text_*.c, which the DLL itself speaks
# from, into a page of Markdown; tools/reference.sh calls it.

function quoted(text,    all) {
    all = ""
    while (match(text, /"([^"\\]|\\.)*"/)) {
        all = all substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
    }
    gsub(/\\"/, "\"", all)
    gsub(/\|/, "\\|", all)
    gsub(/\*/, "\\*", all)
    return all
}

function upper_code(code) {
    sub(/u$/, "", code)
    return "0x" toupper(substr(code, 3))
}

# A code of failure.c by its number or its HR_ name.
function code_of(text) {
    gsub(/[ {}]/, "", text)
    if (text in hr)
        text = hr[text]
    return text == "0" ? "" : named(upper_code(text))
}

function named(code) {
    return code in names ? names[code] " (" code ")" : code
}

function keep(code, name, sentence) {
    names[code] = name
    if (sentence == "")
        complain(name)
    rows[family] = rows[family] "| " code " | " name " | " sentence " |\n"
    count++
}

function complain(what) {
    print FILENAME ": " what " has no sentence" >"/dev/stderr"
    complaints++
}

FNR == 1 {
    family = FILENAME
    sub(/.*code_text_/, "", family)
    sub(/\.c$/, "", family)
}
/^#define PEERS / { peers = quoted($0) }
/^#define HR_[A-Z_]+ 0x/ { hr[$2] = $3 }

# --- code_text_*.c: one row a line ------------------------------------------------------------
FILENAME ~ /code_text_/ && /^    [A-Z0-9]+\([0-9A-F]+, / {
    macro = $1
    sub(/\(.*/, "", macro)
    number = $1
    sub(/.*\(/, "", number)
    sub(/,/, "", number)
    name = $2
    sub(/,$/, "", name)
    gsub(/"/, "", name)
    text = $0
    sub(/^[^,]*,[^,]*, */, "", text)
    sentence = (text ~ /^PEERS/ ? peers : "") quoted(text)
    if (macro == "DO")
        keep("0x80D0" number, "DO_E_" name, sentence)
    else if (macro == "BG")
        keep("0x802000" number, "BG_E_" name, sentence)
    else if (macro == "SUCCESS")
        keep("0x002000" number, "BG_S_" name, sentence)
    else if (macro == "HTTP")
        keep("0x8019" sprintf("%04X", number), "HTTP_E_STATUS_" name, sentence)
    else if (macro == "ROW")
        keep("0x8007" sprintf("%04X", 12000 + number), name, sentence)
    else if (macro == "WIN32")
        keep("0x8007" sprintf("%04X", number), name, sentence)
    else if (macro == "OTHER")
        keep("0x" number, name, sentence)
    else
        complain(macro "(" number ")")
}

# --- failure.c: a row over several lines, up to its sentence ------------------------------------
FILENAME ~ /failure\.c$/ && /^    \[FAILURE_/ { row = "" ; inside = 1 }
FILENAME ~ /failure\.c$/ && inside {
    row = row " " $0
    if (/"},?$/) {
        inside = 0
        if (row !~ /FAILURE_NONE/)
            add_failure(row)
    }
}

function add_failure(text,    kind, codes, part, again, carries) {
    kind = text
    sub(/.*\[FAILURE_/, "", kind)
    sub(/\].*/, "", kind)
    codes = text
    sub(/^[^{]*\{\{/, "", codes)
    sub(/\}.*/, "", codes)
    split(codes, part, ",")
    again = text ~ /AGAIN, /
    carries = text ~ /(AGAIN|FATAL), HR,/
    if (kind == "HTTP_STATUS")
        first = second = "0x80190000 + the status"
    else {
        first = code_of(part[1])
        second = code_of(part[2])
        if (carries) {
            first = first ", or its cause"
            if (second !~ /VALIDATION_FAILED/) # DO's causes have no counterpart
                second = second ", or its cause"
        }
    }
    failures = failures "| " quoted(text) " | " first " | " (second == first ? "the same" : second) \
        " | " (kind == "HTTP_STATUS" ? "408, 421, 425, 429 and 5xx" : again ? "yes" : "") " |\n"
    failure_count++
}

END {
    print "# Codes\n"
    print "Written by `tools/reference.sh` from what the DLL itself answers: `GetErrorDescription`, and"
    print "`doctl explain CODE`, say the same. [Errors](../errors.md) tells how a program meets them.\n"
    print "## What goes wrong\n"
    print "One row for each thing that can go wrong, with its code in the two languages that clients"
    print "speak. What is tried again becomes an error only when a limit in time fires.\n"
    print "| what happened | DO classes | BITS classes | tried again |"
    print "|---|---|---|---|"
    printf "%s", failures
    split("do|bits|http|net|windows", order, "|")
    title["do"] = "Delivery Optimization"
    title["bits"] = "BITS"
    title["http"] = "HTTP"
    title["net"] = "Network"
    title["windows"] = "Windows"
    for (i = 1; i <= 5; i++) {
        print "\n## " title[order[i]] "\n"
        if (order[i] == "http")
            print "0x80190000 + the status; a status without a row is told like the first of its class.\n"
        print "| code | name | what it means, and what helps |"
        print "|---|---|---|"
        printf "%s", rows[order[i]]
    }
    if (count < 300 || failure_count < 40) {
        print "too few codes found: " count ", " failure_count >"/dev/stderr"
        complaints++
    }
    exit complaints > 0
}
