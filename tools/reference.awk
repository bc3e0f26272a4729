# Turns the IDL into pages of Markdown; tools/reference.sh calls it with the IDL twice: names are
# collected first, so that text can link to what comes later.

function complain(what) {
    print "idl/DeliveryOptimization.idl:" FNR ": " what " has no comment" >"/dev/stderr"
    complaints++
}

# The names of interfaces and their methods become links.
function linked(text,    done, word, name, method) {
    done = ""
    while (match(text, /(Async)?I[A-Z][A-Za-z0-9]+(::[A-Za-z0-9_]+)?/)) {
        word = substr(text, RSTART, RLENGTH)
        name = word
        method = ""
        if (index(word, "::")) {
            method = "#" tolower(substr(word, index(word, "::") + 2))
            name = substr(word, 1, index(word, "::") - 1)
        }
        done = done substr(text, 1, RSTART - 1)
        if (name in base && name != current)
            done = done "[" word "](" name ".md" method ")"
        else
            done = done word
        text = substr(text, RSTART + RLENGTH)
    }
    return done text
}

# Stars and pointers in a table or in running text are no Markdown.
function plain(text) {
    gsub(/\*/, "\\*", text)
    gsub(/</, "\\&lt;", text)
    gsub(/\|/, "\\|", text)
    return text
}

function prose(text) {
    return linked(plain(text))
}

function take_doc(    text) {
    text = doc
    doc = ""
    return text
}

# Windows' own page of an interface.
function source_of(name,    header, lower) {
    lower = tolower(name)
    if (name ~ /^IDosvc/)
        return ""
    if (name ~ /^IDO/)
        return "api/deliveryoptimization/nn-deliveryoptimization-" lower
    if (name ~ /^IDelivery/)
        return "delivery_optimization/" lower
    header = name in headers ? headers[name] : "bits"
    return "api/" header "/nn-" header "-" lower
}

function write_interface(    page, i, other) {
    page = folder "/" current ".md"
    print "# " current "\n" >page
    print prose(about) "\n" >page
    print "| | |\n|---|---|" >page
    print "| IID | " id[current] " |" >page
    print "| derives from | " (base[current] == "IUnknown" ? "IUnknown" : \
        "[" base[current] "](" base[current] ".md), whose methods come first") " |" >page
    print "| implemented by | " \
        (current ~ /Callback[23]?$/ && current != "IDosvcCallback" ? "the client" : "dosvc.dll") " |" >page
    print "| how far it works here | [method by method](../api.md#" tolower(current) ") |" >page
    other = source_of(current)
    if (other != "")
        print "| Windows' documentation | <https://learn.microsoft.com/windows/win32/" other "> |" >page
    print "" >page
    for (i = 1; i <= methods; i++) {
        print "## " method[i] "\n\n```c\n" signature[i] "\n```\n" >page
        print "Slot " slot[i] ". " prose(method_about[i]) "\n" >page
    }
    close(page)
    index_rows = index_rows "| [" current "](" current ".md) | " prose(first_sentence(about)) " |\n"
}

function first_sentence(text) {
    return match(text, /\. |\.$/) ? substr(text, 1, RSTART) : text
}

function begin_types(title) {
    if (!types_begun)
        print "# Types and constants\n" >types
    types_begun = 1
    if (title != "")
        print "## " title "\n" >types
}

# "a, b; /* comment */" -> the comment
function trailing(line) {
    if (!match(line, /\/\*.*\*\//))
        return ""
    line = substr(line, RSTART + 3, RLENGTH - 6)
    return line
}

function constant(name, value, comment) {
    if (!constants++)
        print "## " (const_title == "" ? "Constants" : const_title) "\n\n| constant | value | |\n|---|---|---|" >types
    print "| " name " | " value " | " prose(comment) " |" >types
}

function end_constants() {
    if (constants)
        print "" >types
    constants = 0
}

BEGIN {
    types = folder "/types.md"
    classes = folder "/classes.md"
    split("IBackgroundCopyJob2 bits1_5 IBackgroundCopyJob3 bits2_0 IBackgroundCopyFile2 bits2_0 " \
          "IBackgroundCopyJobHttpOptions bits2_5 IBackgroundCopyJob4 bits3_0 " \
          "IBackgroundCopyFile3 bits3_0 IBackgroundCopyCallback2 bits3_0 IBitsTokenOptions bits4_0 " \
          "IBackgroundCopyFile4 bits4_0 IBackgroundCopyJob5 bits5_0 IBackgroundCopyFile5 bits5_0 " \
          "IBackgroundCopyCallback3 bits10_1 IBackgroundCopyFile6 bits10_1 " \
          "IBackgroundCopyJobHttpOptions2 bits10_2 IBackgroundCopyJobHttpOptions3 bits10_3 " \
          "IBackgroundCopyServerCertificateValidationCallback bits10_3", pair, " ")
    for (i = 1; i in pair; i += 2)
        headers[pair[i]] = pair[i + 1]
}

{ sub(/\r$/, "") }

# The first reading: names.
NR == FNR {
    if (/^interface [A-Za-z0-9]+ : /)
        base[$2] = $4
    next
}

# Comments of their own, one line or several.
!in_doc && /^ *\/\*/ && !(body && /;/) {
    if (/^\/\* ---/) { # a section's title
        doc = ""
        next
    }
    text = $0
    sub(/^ *\/\*+ ?/, "", text)
    in_doc = !sub(/ *\*\/ *$/, "", text)
    doc = text
    next
}
in_doc {
    text = $0
    in_doc = !sub(/ *\*\/ *$/, "", text)
    sub(/^ *\*? */, "", text)
    if (text ~ /^- /)
        doc = doc (doc ~ /\n- / ? "\n" : "\n\n") text
    else if (text == "" && in_doc)
        doc = doc "\n\n"
    else
        doc = doc (doc == "" || text == "" || doc ~ /\n$/ ? "" : " ") text
    if (!in_doc && !general_told) {
        general_told = 1
        general = doc
        doc = ""
    }
    next
}

/uuid\(/ {
    last_id = $0
    sub(/.*uuid\(/, "", last_id)
    sub(/\).*/, "", last_id)
}

# --- interfaces -----------------------------------------------------------------------------
/^interface [A-Za-z0-9]+ : / {
    end_constants()
    current = $2
    id[current] = last_id
    about = take_doc()
    if (about == "")
        complain(current)
    methods = 0
    count = base[current] == "IUnknown" ? 3 : slots[base[current]]
    next
}
current != "" && /^}/ {
    slots[current] = count
    write_interface()
    current = ""
    next
}
current != "" && /^    HRESULT / {
    name = $2
    sub(/\(.*/, "", name)
    method[++methods] = name
    slot[methods] = count++
    method_about[methods] = take_doc()
    signature[methods] = substr($0, 5)
    if (method_about[methods] == "")
        complain(current "::" name)
    unfinished = !/;/
    next
}
current != "" && unfinished {
    text = $0
    sub(/^    /, "", text)
    signature[methods] = signature[methods] "\n" text
    unfinished = !/;/
    next
}

# --- types ----------------------------------------------------------------------------------
/^typedef (enum|struct|union) / {
    end_constants()
    kind = $2
    name = $3
    sub(/^_/, "", name)
    if (name == "DeliveryOptimizationFileProperty") # goes by another name
        name = "DOFilePropertyId"
    body = 1
    begin_types(name)
    text = take_doc()
    if (text == "")
        complain(name)
    print prose(text) "\n" >types
    print (kind == "enum" ? "| value | | |\n|---|---|---|" : "| member | type | |\n|---|---|---|") >types
    next
}
body && /^}/ {
    print "" >types
    body = 0
    next
}
body && /^    [A-Za-z]/ {
    text = trailing($0)
    line = $0
    sub(/ *\/\*.*/, "", line)
    if (kind == "enum") {
        sub(/,/, "", line)
        split(line, part, / *= */)
        sub(/^ */, "", part[1])
        print "| " part[1] " | " part[2] " | " prose(text) " |" >types
    } else {
        sub(/;.*/, "", line)
        sub(/^ */, "", line)
        match(line, /[A-Za-z0-9_]+(\[[0-9]*\])?$/)
        print "| " substr(line, RSTART) " | " plain(substr(line, 1, RSTART - 1)) " | " prose(text) " |" >types
    }
    next
}
/^cpp_quote\("#(if|endif)/ { doc = "" }
doc != "" && /^(const |cpp_quote\("#define)/ {
    end_constants()
    begin_types("")
    const_title = take_doc()
    sub(/\.$/, "", const_title)
}
/^const / {
    begin_types("")
    value = $5
    sub(/;/, "", value)
    constant($3, value, trailing($0))
}
/^cpp_quote\("#define [A-Z]/ {
    begin_types("")
    text = $0
    sub(/^cpp_quote\("#define /, "", text)
    sub(/"\)$/, "", text)
    gsub(/\\"/, "\"", text)
    value = text
    sub(/^[A-Za-z0-9_]+ /, "", value)
    sub(/ .*/, "", text)
    constant(text, value, "")
}

# --- classes --------------------------------------------------------------------------------
/^    coclass / {
    end_constants()
    if (!classes_begun++)
        print "# Classes\n\nWhat each object answers stands in [the list of methods](../api.md#classes)." >classes
    text = take_doc()
    if (text != "")
        print "\n" prose(text) "\n" >classes
    print "- " $2 ": " last_id >classes
    next
}
/^[ ]*$/ { next }

END {
    page = folder "/README.md"
    current = ""
    print "# API reference\n" >page
    print "Written by `tools/reference.sh` from the comments of `idl/DeliveryOptimization.idl`.\n" >page
    start = index(general, "What holds")
    print prose(substr(general, start)) "\n" >page
    print "| interface | |\n|---|---|" >page
    printf "%s", index_rows >page
    print "\n[Types and constants](types.md), [classes](classes.md), [codes](codes.md)" >page
    exit complaints > 0
}
