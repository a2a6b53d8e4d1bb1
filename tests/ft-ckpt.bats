load helper

# The bytes of a small torch zip are in the corpus of the zip fuzz target.
corpus() {
    printf '%s/fuzz/ft-ckpt/%s' "$BATS_TEST_DIRNAME" "$1"
}

# npy NAME: four float32 numbers 0 1 2 3 as numpy.save() writes them.
npy() {
    {
        printf '\x93NUMPY\x01\x00\x76\x00'
        printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
        printf '\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40'
    } > "$1"
}

@test "ls shows name, type, shape and size" {
    npy a.npy
    run -0 ft-ckpt ls a.npy
    [[ "$output" == *"float32  [2, 2]"* ]]
    [[ "$output" == *"a.npy: npy, 1 tensors, 16 B"* ]]
}

@test "ls --json digests the elements" {
    npy a.npy
    want=$(tail -c 16 a.npy | sha256sum | cut -d' ' -f1)
    [ "$(ft-ckpt ls --json a.npy | jq -r '.tensors[0].sha256')" = "$want" ]
    [ "$(ft-ckpt ls --json --no-digests a.npy | jq -r '.tensors[0].sha256')" = null ]
}

@test "a pickle that imports os.system is refused and named" {
    printf '\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.' > evil.pkl
    run -1 ft-ckpt scan evil.pkl
    [[ "$output" == *"dangerous os.system"*"byte 2"*"runs commands"* ]]
    run -3 ft-ckpt ls evil.pkl
    [[ "$output" == *"evil.pkl:byte 2: pickle imports os.system"* ]]
}

@test "scan tells unsafe from malformed" {
    printf '\x80\x02}' > cut.pkl
    run -3 ft-ckpt scan cut.pkl
    [[ "$output" == *"malformed"*"ends without STOP"* ]]
    [ "$(ft-ckpt scan --json cut.pkl | jq -r .refusal.reason)" = pickle-malformed ]
}

@test "a plain pickle is listed with all its leaves" {
    printf '\x80\x02}q\x00X\x01\x00\x00\x00aK\x07s.' > plain.pkl
    [ "$(ft-ckpt ls --json plain.pkl | jq -c '[.leaves[] | [.name, .type, .value]]')" = \
        '[["","dict",1],["a","int",7]]' ]
    run -0 ft-ckpt ls --all plain.pkl
    [[ "$output" == *"a     int"* ]]
}

@test "a Counter is listed, empty or counting" {
    printf '\x80\x02ccollections\nCounter\n)R.' > empty.pkl
    [ "$(ft-ckpt ls --json empty.pkl | jq -c '[.leaves[] | [.name, .type, .value]]')" = '[["","Counter",0]]' ]
    printf '\x80\x02ccollections\nCounter\n}X\x01\0\0\0aK\x02s\x85R.' > one.pkl
    [ "$(ft-ckpt ls --json one.pkl | jq -c '[.leaves[] | [.name, .type, .value]]')" = \
        '[["","Counter",1],["a","int",2]]' ]
    printf '\x80\x02ccollections\nCounter\nK\x02\x85R.' > number.pkl
    [ "$(ft-ckpt ls --json number.pkl | jq -r '.leaves[0].type')" = object ]
}

@test "a name taken from the memo by text opcodes does not escape the scan" {
    printf '\x80\x02X\2\0\0\0osp0\nX\6\0\0\0systemp1\n00g0\ng1\n\x93.' > memo.pkl
    run -1 ft-ckpt scan memo.pkl
    [[ "$output" == *"dangerous os.system  (STACK_GLOBAL at byte 34)"* ]]
    run -3 ft-ckpt ls memo.pkl
    [[ "$output" == *"imports os.system"* ]]
}

# pack FILE METHOD NAME=CONTENT...: a zip of those members; \x escapes in CONTENT.
pack() {
    python3 - "$@" << 'END'
import sys, zipfile

with zipfile.ZipFile(sys.argv[1], "w", getattr(zipfile, sys.argv[2])) as archive:
    for member in sys.argv[3:]:
        name, content = member.split("=", 1)
        archive.writestr(name, content.encode().decode("unicode_escape").encode("latin-1"))
END
}

@test "of two dangerous pickles the first is named, at its place in an inflated record too" {
    printf '\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.csubprocess\nPopen\n.' > two.pkl
    run -3 ft-ckpt ls two.pkl
    [[ "$output" == "ft-ckpt: two.pkl:byte 2: pickle imports os.system"* ]]
    for method in STORED DEFLATED; do
        pack two.pt ZIP_$method 'archive/data.pkl=\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.csubprocess\nPopen\n.' archive/version=3
        run -3 ft-ckpt ls two.pt
        [[ "$output" == *": data.pkl imports os.system"* ]]
        run -1 ft-ckpt scan two.pt
        [[ "$output" == *"os.system"*"byte 2 of archive/data.pkl"*"subprocess.Popen"*"byte 23 of archive/data.pkl"* ]]
    done
    run -3 ft-ckpt ls two.pt # the inflated one
    [[ "$output" == "ft-ckpt: two.pt:byte 2: data.pkl imports"* ]]
}

@test "an npz with a member that is no array is refused, or recovered unless that is a pickle" {
    npy a.npy
    array=$(python3 -c 'print("".join("\\x%02x" % b for b in open("a.npy", "rb").read()))')
    for method in STORED DEFLATED; do
        pack note.npz ZIP_$method "a.npy=$array" notes.txt=hello
        run -3 ft-ckpt ls note.npz
        [ "$output" = "ft-ckpt: note.npz:notes.txt: 'notes.txt' is no array" ]
        run -0 ft-ckpt ls --mode hardened note.npz
        [[ "$output" == *"note.npz: npz, 1 tensors, 16 B"*"warning zip-unexpected-entry: notes.txt"* ]]
        pack evil.npz ZIP_$method "a.npy=$array" 'notes.txt=\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.'
        run -3 ft-ckpt ls --mode hardened evil.npz
        [[ "$output" == *"another pickle, which imports os.system" ]]
    done
}

@test "hundreds of names are told apart" {
    python3 - << 'END'
import json, struct

def write(path, names):
    # A key said twice in JSON has to be written by hand.
    header = ",".join('"%s":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}' % (name, i, i + 1)
                      for i, name in enumerate(names))
    text = ("{" + header + "}").encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + bytes(i % 256 for i in range(len(names))))

write("many.safetensors", ["t%d" % i for i in range(500)])
write("twice.safetensors", ["t%d" % i for i in range(300)] + ["t7"])
END
    [ "$(ft-ckpt ls --json many.safetensors | jq '.tensors | length')" = 500 ]
    timeout 10 ft-ckpt convert many.safetensors many.npz
    run -0 timeout 10 ft-ckpt diff many.safetensors many.npz
    run -3 ft-ckpt ls twice.safetensors
}

@test "hash gives the digest b2sum gives" {
    npy a.npy
    tail -c 16 a.npy > raw
    want=$(b2sum -l 256 raw | cut -d' ' -f1)
    run -0 ft-ckpt hash a.npy
    [[ "${lines[0]}" == "$want"* ]]
    [ "$(ft-ckpt hash -a sha256 a.npy | head -1 | cut -c1-64)" = "$(sha256sum < raw | cut -c1-64)" ]
}

@test "verify compares with a manifest and refuses another content" {
    npy a.npy
    ft-ckpt hash --json a.npy > digests.json
    run -0 ft-ckpt verify --manifest digests.json a.npy
    npy b.npy
    printf '\x01' | dd of=b.npy bs=1 seek=130 conv=notrunc status=none
    run -1 ft-ckpt verify --manifest digests.json b.npy
    [[ "$output" == *"has another digest"* ]]
}

@test "what calls itself a format and is not gets that format's reason" {
    printf 'abc' > short.safetensors
    printf 'NUMPYxxxxxxxxxxx' > a.npy
    printf 'FTSX\1\0\0\0\0\0\0\0\0\0\0\0' > a.ftsv
    : > empty.json
    printf '\x80\x02\x8a\x09\1\2\3\4\5\6\7\x08\x09.\x80\x02K\1.' > other.pt
    reason() { ft-ckpt scan --json "$1" | jq -r .refusal.reason; }
    [ "$(reason short.safetensors)" = st-header-size ]
    [ "$(reason a.npy)" = npy-magic ]
    [ "$(reason a.ftsv)" = ftsv-InvalidMagic ]
    [ "$(reason empty.json)" = ft-InvalidJson ]
    [ "$(reason other.pt)" = legacy-magic ]
}

@test "what is no checkpoint is named" {
    printf '\x89PNG\r\n\x1a\n0000' > picture.pt
    run -3 ft-ckpt ls picture.pt
    [[ "$output" == *"picture.pt: this is a PNG image"* ]]
    printf 'version https://git-lfs.github.com/spec/v1\n' > pointer.pt
    run -3 ft-ckpt ls pointer.pt
    [[ "$output" == *"git lfs pull"* ]]
    : > empty.pt
    run -3 ft-ckpt ls empty.pt
}

@test "a raw storage must have exactly its elements" {
    printf '\x02\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\x40' > two.storage
    [ "$(ft-ckpt ls --json --dtype float32 two.storage | jq -c '.tensors[0].shape')" = '[2]' ]
    printf 'x' >> two.storage
    run -3 ft-ckpt ls --dtype float32 two.storage
    [[ "$output" == *"1 octets behind the 2 elements"* ]]
}

@test "a folder stands for the checkpoints in it; standard input for a file" {
    mkdir models
    npy models/b.npy
    npy models/a.npy
    run -0 ft-ckpt ls models
    [[ "$output" == *"models/a.npy: npy"*"models/b.npy: npy"* ]]
    npy c.npy
    ft-ckpt ls - < c.npy | grep -q '^-: npy, 1 tensors'
}

@test "a file that fails does not keep the others from being listed" {
    mkdir -p models/deep
    npy models/a.npy
    npy models/deep/b.npy
    echo 'no checkpoint' > models/c.pt
    echo 'notes' > models/README
    run -3 ft-ckpt ls models
    [[ "$output" == *"models/a.npy: npy"*"models/deep/b.npy: npy"* ]]
    [[ "$output" == *"models/c.pt: no checkpoint format"* ]]
    run -4 ft-ckpt ls --json models/a.npy models/c.pt missing.pt
    [[ "$output" == *'"file": "models/a.npy"'* ]]
    [[ "$output" == *"models/c.pt: no checkpoint"*"missing.pt: cannot open"* ]]
    run -4 ft-ckpt ls -o list models/a.npy missing.pt
    [ ! -e list ]
}

@test "compressed files and pipes are read like the file inside" {
    fixture list_optimizer model.pt
    root() { ft-ckpt hash --root "$1" | cut -c1-64; }
    want=$(root model.pt)
    gzip -k model.pt
    [ "$(root model.pt.gz)" = "$want" ]
    [ "$(cat model.pt.gz | root -)" = "$want" ]
    [ "$(cat model.pt | root -)" = "$want" ]
    [ "$(root - < model.pt)" = "$want" ]
    [ "$(ft-ckpt ls --json model.pt.gz | jq -r .compression)" = gzip ]
    [ "$(ft-ckpt ls --json model.pt.gz | jq 'del(.compression)')" = "$(ft-ckpt ls --json model.pt | jq .)" ]
    head -c 400 model.pt.gz > cut.pt.gz
    run -3 ft-ckpt ls cut.pt.gz
    [[ "$output" == *"gzip data is damaged or cut short"* ]]
    { cat model.pt.gz; echo more; } > more.pt.gz
    run -3 ft-ckpt ls more.pt.gz
    [[ "$output" == *"bytes behind the end"* ]]
    head -c 80000000 /dev/zero | gzip > bomb.gz
    run -3 ft-ckpt ls bomb.gz
    [[ "$output" == *"grows to more than"* ]]
    command -v zstd >/dev/null || skip "zstd is not here"
    zstd -q model.pt
    [ "$(root model.pt.zst)" = "$want" ]
    head -c 400 model.pt.zst > cut.pt.zst
    run -3 ft-ckpt ls cut.pt.zst
    [[ "$output" == *"zstd data is damaged"* ]]
}

@test "a tar of checkpoints is a container like any other" {
    fixture list_optimizer model.pt
    npy a.npy
    mkdir code
    echo 'print(1)' > code/inference.py
    tar czf model.tar.gz model.pt a.npy code
    run -0 ft-ckpt tree model.tar.gz
    [[ "$output" == *"model.pt  torch-zip"*"a.npy  npy"* ]]
    [ "$(ft-ckpt ls --json model.tar.gz | jq -c '[.members[].name]')" = \
        '["model.pt","a.npy","code/inference.py"]' ]
    run -0 ft-ckpt verify model.tar.gz
    ln -s model.pt link.pt
    tar cf link.tar model.pt link.pt
    run -3 ft-ckpt ls link.tar
    [[ "$output" == *"a link or device"* ]]
    printf '\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.' > notes.txt
    tar cf hidden.tar a.npy notes.txt
    run -1 ft-ckpt scan hidden.tar
    [[ "$output" == *"notes.txt"*"os.system"* ]]
}

@test "ls and scan bring no tensor data into memory" {
    command -v fincore >/dev/null || skip "fincore is not here"
    { printf '\0\0\0\2\0\0\0\0' && head -c 33554432 /dev/zero; } > x.storage
    ft-ckpt convert --dtype uint8 x.storage m.npy
    ft-ckpt convert m.npy m.npz
    resident() { fincore -bno RES "$1"; }
    forget() { sync "$1" && dd if="$1" iflag=nocache count=0 status=none; }
    for file in m.npy m.npz; do
        forget "$file"
        [ "$(resident "$file")" -le 65536 ] || skip "files here always stay in memory"
        for command in ls 'ls --json --no-digests' scan 'scan --json' inspect tree globals; do
            forget "$file"
            # shellcheck disable=SC2086 # words
            ft-ckpt $command "$file" > out
            [ "$(resident "$file")" -le 65536 ]
        done
        ft-ckpt hash "$file"
        [ "$(resident "$file")" -gt 65536 ] # not all of it: others may want the memory
    done
}

@test "ls and scan make no system call that reads the file" {
    command -v strace >/dev/null || skip "strace is not here"
    fixture list_optimizer model.pt
    for command in ls 'ls --json' scan 'scan --json'; do
        # shellcheck disable=SC2086 # words
        strace -f -e trace=read,pread64,readv,preadv,sendfile,copy_file_range -o trace -y \
            ft-ckpt $command model.pt > out || skip "strace may not trace here"
        run -1 grep -F model.pt trace
    done
}

@test "man page and help name the same commands and options" {
    same_options ft-ckpt
    mandoc -Tlint "$REPO/tools/ft-ckpt/ft-ckpt.1"
    [ "$(ft-ckpt --help | wc -l)" -le 40 ]
}

@test "run answers every case of the checkpoint packet as torch and the rules do" {
    for mode in strict hardened; do
        ft-ckpt run --mode $mode "$FIXTURES/FT-P2C-006/cases.json" > out
        [ "$(wc -l < out)" -ge 90 ]
        jq -cS '[.case_id, .value, .error.class]' out > ours
        jq -cS --arg mode $mode '.cases[] | . as $c | (.[$mode] // $c) as $e |
            [$c.case_id, $e.expect, $e.error.class]' "$FIXTURES/FT-P2C-006/cases.json" > theirs
        diff theirs ours
    done
}

@test "globals prints the add_safe_globals list" {
    printf '\x80\x02cargparse\nNamespace\nq\x00)R.' > ns.pkl
    run -1 ft-ckpt globals ns.pkl
    [[ "$output" == *"add_safe_globals([Namespace])"* ]]
    printf '\x80\x02}q\x00.' > dict.pkl
    run -0 ft-ckpt globals dict.pkl
}

# fixture NAME FILE: a file real torch wrote, out of the packet's cases.
fixture() {
    jq -r --arg id "$1" '.cases[] | select(.case_id == $id) | .in.base64' \
        "$FIXTURES/FT-P2C-006/cases.json" | base64 -d > "$2"
}

@test "the root of the digests survives every conversion" {
    fixture list_state_dict model.pt
    root=$(ft-ckpt hash --root model.pt | cut -c1-64)
    from=model.pt
    for to in a.safetensors b.npz c.pt d.safetensors; do
        ft-ckpt convert "$from" "$to"
        ft-ckpt verify "$to"
        [ "$(ft-ckpt hash --root "$to" | cut -c1-64)" = "$root" ]
        from=$to
    done
    cmp a.safetensors d.safetensors
}

@test "tied tensors stay tied in a torch file and are said to be copied elsewhere" {
    fixture list_tied tied.pt
    ft-ckpt convert tied.pt again.pt
    [ "$(ft-ckpt ls --json again.pt | jq -r '[.tensors[].storage_key] | unique | length')" = 1 ]
    run -0 ft-ckpt convert tied.pt tied.safetensors
    [[ "$output" == *"2 tensors share storage"* ]]
}

@test "quantized tensors and parameters stay what they are in a torch file" {
    fixture list_quantized q.pt
    ft-ckpt convert q.pt again.pt
    ft-ckpt diff q.pt again.pt
    pick='[.tensors[] | [.name, .dtype, .qscheme, .scale, .zero_point, .axis, .parameter]]'
    [ "$(ft-ckpt ls --json q.pt | jq -c "$pick")" = "$(ft-ckpt ls --json again.pt | jq -c "$pick")" ]
}

@test "a conversion a format cannot hold is refused and leaves no file" {
    fixture list_dtype_bfloat16 b.pt
    run -3 ft-ckpt convert b.pt b.npz
    [ ! -e b.npz ]
    run -2 ft-ckpt convert b.pt b.unknown
}

@test "diff is quiet about format and exact about values" {
    fixture list_state_dict a.pt
    ft-ckpt convert a.pt a.safetensors
    run -0 ft-ckpt diff a.pt a.safetensors
    [[ "$output" == "equal: "* ]]
    npy a.npy
    npy b.npy
    printf '\x01' | dd of=b.npy bs=1 seek=132 conv=notrunc status=none
    run -1 ft-ckpt diff a.npy b.npy
    [ "$(ft-ckpt diff --json a.npy b.npy | jq -c '[.tensors[0].count, .tensors[0].max_ulp]')" = '[1,1]' ]
    run -0 ft-ckpt diff --tolerance 1e-6 a.npy b.npy
    run -1 ft-ckpt diff a.pt b.npy
}

@test "extract takes Python slices" {
    fixture list_views v.pt
    [ "$(ft-ckpt extract -f text v.pt 'base[1, ::2]' | tr '\n' ' ')" = "6.0 8.0 10.0 " ]
    [ "$(ft-ckpt extract -f text v.pt 't[-1]' | tr '\n' ' ')" = "5.0 11.0 17.0 23.0 " ]
    [ "$(ft-ckpt extract -f text v.pt 'base[..., -1]' | tr '\n' ' ')" = "$(ft-ckpt extract -f text v.pt 'base[:, -1]' | tr '\n' ' ')" ]
    ft-ckpt extract v.pt step step.npy
    [ "$(ft-ckpt ls --json step.npy | jq -c '.tensors[0].shape')" = '[2,2]' ]
    run -2 ft-ckpt extract v.pt 'base[9]'
    run -2 ft-ckpt extract v.pt nothing
}

@test "inspect accounts for every octet" {
    fixture list_views v.pt
    [ "$(ft-ckpt inspect --json v.pt | jq '[.spans[].size] | add')" = "$(stat -c %s v.pt)" ]
    [ "$(ft-ckpt inspect --json v.pt | jq '.storages[0].tensors | length')" = 6 ]
    ft-ckpt tree --all v.pt | grep -q 'archive/data.pkl'
    npy a.npy
    printf 'abc' >> a.npy
    ft-ckpt inspect --json a.npy | jq -e '.spans[-1] == {at: 144, size: 3, kind: "orphan", name: "rest"}'
}

@test "inspect looks into a polyglot that everything else refuses" {
    printf 'PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > end
    npy both.npy
    cat end >> both.npy
    run -3 ft-ckpt ls both.npy
    [[ "$output" == *"readers disagree"* ]]
    run -0 ft-ckpt inspect both.npy
    [[ "$output" == *"warning polyglot"* ]]
}

@test "salvage keeps the tensors whose records are whole" {
    fixture list_optimizer whole.pt
    size=$(stat -c %s whole.pt)
    head -c $((size / 2)) whole.pt > cut.pt
    run -3 ft-ckpt ls cut.pt
    [[ "$output" == *"try ft-ckpt salvage"* ]]
    run -1 ft-ckpt salvage --to kept.safetensors cut.pt
    ft-ckpt verify kept.safetensors
    ft-ckpt diff --json whole.pt kept.safetensors > d.json || true
    [ "$(jq -c '[.tensors[].change] | unique' d.json)" = '["removed"]' ]
}

@test "salvage keeps the arrays of a cut npz" {
    fixture list_optimizer whole.pt
    ft-ckpt convert whole.pt whole.npz > notes
    head -c $(($(stat -c %s whole.npz) * 2 / 5)) whole.npz > cut.npz
    run -1 ft-ckpt salvage --json --to kept.npz cut.npz
    [ "$(jq '.kept > 2 and .complete == false' <<< "$output")" = true ]
    ft-ckpt diff --json whole.npz kept.npz > d.json || true
    [ "$(jq -c '[.tensors[].change] | unique' d.json)" = '["removed"]' ]
}

@test "validate says what a checkpoint lacks" {
    fixture list_state_dict model.pt
    run -1 ft-ckpt validate model.pt
    [[ "$output" == *"missing hyper_parameters"* ]]
    printf 'require: [{path: "", type: OrderedDict}]\nsize: {min: 10}\n' > own.yaml
    run -0 ft-ckpt validate --profile own.yaml model.pt
    run -1 ft-ckpt validate --profile own.yaml --max-size 100 model.pt
    run -3 ft-ckpt validate --profile <(echo 'requires: []') model.pt
}

@test "stats counts what is not a number" {
    printf '\x04\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\xc0\x7f\0\0\x80\xff\0\0\0\0' > x.storage
    ft-ckpt convert --dtype float32 x.storage x.npy
    [ "$(ft-ckpt stats --json x.npy | jq -c '.tensors[0] | [.count, .nan, .inf, .zero, .max == 1]')" = \
        '[4,1,1,1,true]' ]
}

@test "shards split, check and merge give the same tensors back" {
    fixture list_state_dict model.pt
    mkdir parts
    ft-ckpt shards split --max-size 16 model.pt parts
    run -0 ft-ckpt shards check parts/model.safetensors.index.json
    ft-ckpt shards merge parts/model.safetensors.index.json back.safetensors
    ft-ckpt diff model.pt back.safetensors
    rm parts/model-00001-of-*
    run -3 ft-ckpt shards check parts/model.safetensors.index.json
    [[ "$output" == *"cannot be opened"* ]]
}

@test "verify sees every flipped octet of a tensor in a zip, in each format that has checksums" {
    local to
    npy a.npy
    for to in a.pt a.npz; do
        ft-ckpt convert a.npy $to
        run -0 ft-ckpt verify $to
        python3 - $to <<'END'
import sys

data = open(sys.argv[1], "rb").read()
at = data.index(b"\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40")
for k in range(16):
    with open(f"flipped.{k}", "wb") as out:
        out.write(data[:at + k] + bytes([data[at + k] ^ 1]) + data[at + k + 1:])
END
        for k in $(seq 0 15); do
            run -3 ft-ckpt verify flipped.$k
            [[ "$output" == *"flipped.$k:byte "*CRC* ]]
        done
    done
}

@test "decode and encode turn the typed envelope inside out" {
    jq -rj '.cases[] | select(.case_id == "decode_strict") | .in.text' \
        "$FIXTURES/FT-P2C-006/cases.json" > e.json
    ft-ckpt decode e.json > plain.json
    ft-ckpt encode -o again.json plain.json
    cmp e.json again.json
    sed 's/6.0/7.0/' e.json > bad.json
    run -3 ft-ckpt decode --mode hardened bad.json
    [[ "$output" == *"checksum mismatch"* ]]
}

@test "a signature holds for the content in any format, and minisign accepts it" {
    command -v minisign >/dev/null || skip "minisign is not here"
    minisign -G -W -p key.pub -s key.sec >/dev/null
    fixture list_state_dict model.pt
    ft-ckpt sign -k key.sec model.pt
    minisign -Vm model.pt.digests -p key.pub
    ft-ckpt convert model.pt model.safetensors
    run -0 ft-ckpt check -k key.pub -m model.pt.digests model.safetensors
    minisign -Sm model.pt.digests -s key.sec -x model.pt.digests.minisig
    ft-ckpt check -k key.pub model.pt
    sed -i 's/"root": "./"root": "x/' model.pt.digests
    run -1 ft-ckpt check -k key.pub model.pt
    run -2 ft-ckpt check model.pt
}
