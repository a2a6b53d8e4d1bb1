load helper

# Each line was looked at before it went into fields.expected; what is unedited is
# torch's own by the packet.
@test "every field of every input: left out, of another type, of another value" {
    python3 "$FIXTURES/ft-dispatch/fields.py" "$FIXTURES" >got
    diff "$FIXTURES/ft-dispatch/fields.expected" got
    [ "$(wc -l <got)" -ge 1500 ]
    run grep -v ': [0-4] ' got
    [ "$output" = "" ]
}
