load helper

# Files that torch, numpy and safetensors wrote (scripts/oracle/checkpoint_corpus.py).
setup_file() {
    mkdir "$BATS_FILE_TMPDIR/corpus"
    tar xzf "$BATS_TEST_DIRNAME/fixtures/ft-ckpt/files.tar.gz" -C "$BATS_FILE_TMPDIR/corpus"
}

corpus() {
    cd "$BATS_FILE_TMPDIR/corpus" || return
}

@test "every file holds what the original found in it: names, types, places and octets" {
    corpus
    ft-ckpt ls --json ./* | sed 's@"file": "./@"file": "@' >"$BATS_TEST_TMPDIR/listings"
    ft-ckpt hash --json -a sha256 ./* >"$BATS_TEST_TMPDIR/digests"
    python3 "$FIXTURES/ft-ckpt/judge.py" "$FIXTURES/ft-ckpt/expected.json" \
        "$BATS_TEST_TMPDIR/listings" "$BATS_TEST_TMPDIR/digests"
    [ "$(jq -s length "$BATS_TEST_TMPDIR/listings")" -ge 45 ]
}

@test "every file is intact, and no octet of it is unaccounted for" {
    corpus
    [ "$(ft-ckpt verify --json ./* | jq -s 'map(select(.intact)) | length')" -eq "$(find . -mindepth 1 -maxdepth 1 | wc -l)" ]
    for file in *.*; do
        ft-ckpt inspect --json "$file" | jq -r --arg file "$file" \
            '"\([.spans[].size] | add) \([.spans[] | select(.kind == "orphan")] | length) \($file)"'
    done >"$BATS_TEST_TMPDIR/spans"
    stat -c '%s 0 %n' ./*.* | sed 's@ ./@ @' | diff "$BATS_TEST_TMPDIR/spans" -
}

@test "globals names what torch's weights_only refuses; scan calls nothing dangerous" {
    corpus
    ft-ckpt globals --json ./*.pt >"$BATS_TEST_TMPDIR/out" || [ $? -eq 1 ]
    jq -c '[.file[2:], .weights_only, ([.refused[].global] | sort)]' "$BATS_TEST_TMPDIR/out" |
        grep -v 'script\|trace\|legacy\|values_' >"$BATS_TEST_TMPDIR/ours"
    jq -c 'to_entries[] | select(.value.unsafe) | [.key, (.value.unsafe == []), .value.unsafe]' \
        "$FIXTURES/ft-ckpt/expected.json" | diff - "$BATS_TEST_TMPDIR/ours"
    [ "$(ft-ckpt scan --json ./* | jq -sc 'map(.verdict) | unique')" = '["clean","torchscript","unknown-globals"]' ]
    ft-ckpt scan --json ./*.pt | jq -r 'select(.verdict == "torchscript").file' | sort >"$BATS_TEST_TMPDIR/out"
    printf './%s.pt\n' script script_deflated trace trace_deflated | diff - "$BATS_TEST_TMPDIR/out"
}

# converted FORMAT FILE...: the root of the digests survives the way to FORMAT.
converted() {
    local format=$1 file
    shift
    for file in "$@"; do
        ft-ckpt convert "$file" "$BATS_TEST_TMPDIR/$file.$format" >>"$BATS_TEST_TMPDIR/notes" 2>&1
    done
    ft-ckpt hash --json "$@" | jq -r .root >"$BATS_TEST_TMPDIR/from"
    (
        cd "$BATS_TEST_TMPDIR" || exit
        ft-ckpt verify "${@/%/.$format}"
        ft-ckpt hash --json "${@/%/.$format}" | jq -r .root | diff from -
    )
}

@test "every kind of tensor and view survives conversion to each format that can hold it" {
    corpus
    converted pt attributed.pt bare.pt big_endian.pt bits.pt chunks dcp deflated.pt every.safetensors keyed.pt meta.pt \
        nested.pt new_types.pt pipe.pt plain.npz quantized.pt quantized_legacy.pt script.pt sparse.pt trace.pt training.pt \
        types.pt values.pt views.pt views_legacy.pt
    converted safetensors attributed.pt big_endian.pt chunks dcp deflated.pt every.safetensors keyed.pt list.pt meta.pt \
        nested.pt pipe.pt script.pt sparse.pt training.pt views.pt
    converted npz big_endian.pt bits.pt bits_legacy.pt deflated.pt plain.npz sparse.pt training.pt views.pt views_legacy.pt
    converted ftsv attributed.pt meta.pt
    ft-ckpt convert bare.pt "$BATS_TEST_TMPDIR/bare.npy"
    [ "$(ft-ckpt hash --root "$BATS_TEST_TMPDIR/bare.npy" | cut -c1-64)" = "$(ft-ckpt hash --root bare.pt | cut -c1-64)" ]
}

@test "what a format cannot keep is said, or refused with the tensor's name" {
    corpus
    said() { ft-ckpt convert "$1" "$BATS_TEST_TMPDIR/$2" 2>&1 | head -n 1; }
    [ "$(said views.pt v.npz)" = "11 tensors share storage; each is written by itself" ]
    [ "$(said views.pt v.pt)" = "" ]
    [ "$(said training.pt t.pt)" = "16 values that are no tensors are dropped" ]
    [ "$(said attributed.pt a.pt)" = "" ]
    [ "$(said values.pt l.pt)" = "39 values that are no tensors are dropped" ]
    [ "$(said values_5.pt l.pt)" = "38 values that are no tensors are dropped" ]
    [ "$(said meta.pt m.npz)" = "1 tensors on the meta device have no data" ]
    [ "$(said nested.pt n.pt)" = "'n': nested is written as its components" ]
    refused() {
        run -3 ft-ckpt convert "$1" "$BATS_TEST_TMPDIR/$2"
        [ "$output" = "ft-ckpt: $1: $3" ]
        [ ! -e "$BATS_TEST_TMPDIR/$2" ]
    }
    refused types.pt x.npz "npz cannot hold tensor 'bfloat16' of type bfloat16"
    refused types.pt x.safetensors "safetensors cannot hold tensor 'complex128' of type complex128"
    refused quantized.pt x.safetensors "safetensors cannot hold tensor 'u8' of type quint8"
    refused bare.pt x.ftsv "ftsv cannot hold tensor '' of type int64"
    refused v1.npy x.npz "npz cannot hold tensor '' of type [('a', '<f4'), ('b', '|i1')]"
    refused v1.npy x.npy "npy cannot hold tensor '' of type [('a', '<f4'), ('b', '|i1')]"
    refused v1.npy x.pt "a torch state dict cannot hold type [('a', '<f4'), ('b', '|i1')] here"
    refused views.pt x.npy "npy holds one array, here are 15 (extract NAME, or npz)"
    refused values.pt x.npz "no tensors: npz needs one"
}

@test "extract prints numbers of every type as torch shows them" {
    corpus
    text() { ft-ckpt extract -f text "$1" "$2" | tr '\n' ' '; }
    for type in float64 float32 float16 bfloat16; do
        [ "$(text types.pt $type)" = "1.0 2.0 3.0 4.0 5.0 6.0 " ]
    done
    for type in int64 int32 int16 int8 uint8; do
        [ "$(text types.pt $type)" = "1 2 3 4 5 6 " ]
    done
    for type in uint16 uint32 uint64; do
        [ "$(text new_types.pt $type)" = "1 2 3 4 5 6 " ]
    done
    for type in complex32 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz; do
        [[ "$(text new_types.pt $type | sed 's/ 0\.0//g')" = "1.0 2.0 3.0 4.0 5.0 6.0 " ]]
    done
    [ "$(text types.pt bool)" = "1 1 1 1 1 1 " ]
    [ "$(text types.pt complex128)" = "1.0 0.0 2.0 0.0 3.0 0.0 4.0 0.0 5.0 0.0 6.0 0.0 " ]
    [ "$(text bits.pt conj)" = "-2.0 -1.0 -1.0 -2.0 0.0 -3.0 1.0 -4.0 2.0 -5.0 3.0 -6.0 " ]
    [ "$(text bits.pt both)" = "2.0 1.0 1.0 2.0 -0.0 3.0 -1.0 4.0 -2.0 5.0 -3.0 6.0 " ]
    [ "$(text bits.pt neg64)" = "0 -1 2 -4611686018427387904 -255 -256 " ]
    [ "$(text bits.pt neg8)" = "-128 0 -127 " ]
    [ "$(text plain.npz u8)" = "18446744073709551615 9223372036854775808 1 " ]
    run -3 ft-ckpt extract -f text arrays.npz r0
    [[ "$output" == *"type [('a', '<f4'), ('b', 'i1')] has no numbers"* ]]
}

@test "both sides of every edge: what is refused, and for which reason" {
    python3 "$FIXTURES/ft-ckpt/edges.py" .
    # reasons COMMAND: of each file, the reason COMMAND gives for refusing it
    reasons() {
        ft-ckpt "$1" --json ./*.pt ./*.npy 2>/dev/null |
            jq -r '[(.file // .error.file)[2:], .error.subclass // .refusal.reason // "-"] | @tsv' | sort
    }
    sort expected >wanted
    [ "$(wc -l <wanted)" -ge 350 ]
    reasons verify | diff wanted -
    [ "$(ft-ckpt ls --json ptycho.pt | jq -c '[(.params | keys), (.manifest.leaves | length), (.tensors | length)]')" = \
        '[["a/params.dill"],2,1]' ]
    [ "$(ft-ckpt ls --json ./set.* | jq -r '"\(.file) \(.leaves[1].type)"')" = "$(printf './set.%s\n' \
        'dict object' 'list set' 'none object' 'tuple set' 'two object')" ]
    # indices and checksums of data are for verify alone
    sed 's/sparse-invalid$/-/; /^zip_crc_zero/s/zip-crc/-/' wanted >listed
    reasons scan | diff listed -
}

# Each line was looked at before it went into the file of expectations.
@test "every field of JSON and YAML changed, and octets of small checkpoints flipped" {
    python3 "$FIXTURES/ft-ckpt/fields.py" "$BATS_FILE_TMPDIR/corpus" >got
    diff "$FIXTURES/ft-ckpt/fields.expected" got
    [ "$(wc -l <got)" -ge 2500 ]
}

@test "what people read, to the octet" {
    cp -r "$BATS_FILE_TMPDIR/corpus" here
    cd here
    "$FIXTURES/ft-ckpt/outputs.sh" >../got
    diff "$FIXTURES/ft-ckpt/outputs.expected" ../got
    [ "$(grep -c '^= [0-4]$' ../got)" -eq "$(grep -c '^\$ ' ../got)" ]
}
