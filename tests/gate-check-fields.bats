load helper

# Each edit's outcome was looked at before it went into fields.expected: nothing that
# says less, or other things, than before may pass as it did.
@test "every field of every record: left out, of another type, of another value" {
    python3 "$FIXTURES/gate-check/fields.py" "$FIXTURES" >got
    diff "$FIXTURES/gate-check/fields.expected" got
    [ "$(wc -l <got)" -ge 3000 ]
    run grep -v ': [0-4] ' got
    [ "$output" = "" ]
}

# said FORMAT...: one result in every form, with the version taken out.
said() {
    for form in "$@"; do
        echo "== $form"
        gate-check report --format "$form" --history h.jsonl result.json
    done | sed "s/^ \{10\}\"version\": \"[0-9.]*\"/          \"version\": \"V\"/"
}

@test "one result in every form, to the octet" {
    cp "$FIXTURES/gate-check/report/"* .
    {
        said junit sarif tap markdown html
        echo "== github"
        gate-check report --github result.json
        echo "== explain"
        gate-check explain result.json
    } >got
    diff "$FIXTURES/gate-check/report/expected" got
    python3 - <<'PY'
import json
import xml.dom.minidom

text = open("got").read()
xml.dom.minidom.parseString(text.split("== junit\n")[1].split("== sarif\n")[0])
json.loads(text.split("== sarif\n")[1].split("== tap\n")[0])
PY
}
